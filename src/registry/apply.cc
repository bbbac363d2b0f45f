// SPDX-License-Identifier: Apache-2.0
#include "src/registry/apply.h"

#include <functional>
#include <set>

#include <ductape/providers.hpp>

#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/objects.h"

namespace ductape::inline v0::registry {
namespace {

using model::Fields;
using model::in_quotes;
using model::Json;

// Walks the file from the outside in. The first thing wrong ends it, whoever found it.
class Applier {
 public:
  Applier(Edit& edit, const ApplyOptions& options) : edit_(edit), options_(options) {}

  Result<Applied> run(const Json& document) {
    Fields file(document, "", problem_);
    file.text({"product", "product_tag"}, applied_.product);
    const auto* brokers = file.find({"brokers"}, Json::value_t::array);
    file.end();
    if (!problem_) product(file);
    const auto secrets = problem_ ? Secrets() : secrets_now();
    for (std::size_t i = 0; brokers && i < brokers->size() && !problem_; ++i)
      broker((*brokers)[i], file.path("brokers") + "/" + std::to_string(i));
    if (!problem_ && options_.prune) prune();
    if (!problem_) note_secrets(secrets);
    if (problem_) return std::move(*problem_);
    return std::move(applied_);
  }

 private:
  void product(Fields& file) {
    auto& tag = applied_.product;
    if (tag.empty()) tag = options_.product;
    if (tag.empty()) return file.fail("", "names no product", "begin it with `product: TAG`, or give --product");
    if (edit_.catalog().contains(tag)) return note(Change::Kind::unchanged, "product " + tag);
    if (auto made = edit_.create(Product{.tag = tag}); !made) return file.fail(file.path("product"), made.error());
    note(Change::Kind::added, "product " + tag);
  }

  void broker(const Json& json, const std::string& path) {
    Fields fields(json, path, problem_);
    Broker broker{.product = applied_.product};
    std::string tag;
    fields.text({"tag"}, tag);
    const auto found = find_broker(edit_.catalog(), applied_.product, tag);
    if (found) broker = *(*found)->broker;
    model::read(fields, broker);
    const auto* topics = fields.find({"topics"}, Json::value_t::array);
    fields.end();
    place(fields, broker.product, "broker " + tag);
    if (!problem_) complain(model::check(broker, providers(), path));
    if (!problem_) complain(edit_.seal(broker, path));
    if (!problem_) save(fields, broker, found ? (*found)->broker.get() : nullptr, "broker " + tag);
    for (std::size_t i = 0; topics && i < topics->size() && !problem_; ++i)
      topic((*topics)[i], tag, fields.path("topics") + "/" + std::to_string(i));
  }

  void topic(const Json& json, const std::string& broker, const std::string& path) {
    Fields fields(json, path, problem_);
    TopicDefinition topic{.product = applied_.product, .broker = broker};
    std::string tag;
    fields.text({"tag"}, tag);
    const auto event = tag.find(':') == tag.npos ? broker + ":" + tag : tag;
    const auto found = find_topic(edit_.catalog(), applied_.product, event);
    if (found && (*found)->topic->broker == broker) topic = *(*found)->topic;
    model::read(fields, topic);
    const auto* groups = fields.find({"groups"}, Json::value_t::array);
    fields.end();
    place(fields, topic.product, "topic " + event);
    if (found) model::widen(topic, *(*found)->topic);
    if (!problem_) complain(model::check(topic, path));
    if (!problem_) save(fields, topic, found ? (*found)->topic.get() : nullptr, "topic " + event);
    for (std::size_t i = 0; groups && i < groups->size() && !problem_; ++i)
      group((*groups)[i], topic, fields.path("groups") + "/" + std::to_string(i));
  }

  void group(const Json& json, const TopicDefinition& topic, const std::string& path) {
    Fields fields(json, path, problem_);
    GroupDefinition group{.product = topic.product, .event = topic.event(), .retry = topic.policy.retry};
    std::string name;
    fields.text({"name"}, name);
    const auto found = find_group(edit_.catalog(), topic.product, topic.event(), name);
    if (found) group = **found;
    model::read(fields, group);
    fields.end();
    const auto object = "group " + topic.event() + "/" + name;
    place(fields, group.product, object);
    if (!problem_ && group.event != topic.event())
      fields.fail(fields.path("event"), "the group stands under the topic " + in_quotes(topic.event()));
    if (!problem_) complain(model::check(group, path));
    if (!problem_) save(fields, group, found ? *found : nullptr, object);
    if (problem_) return;
    const auto stored = find_group(edit_.catalog(), topic.product, topic.event(), name);
    applied_.groups.push_back(**stored);
  }

  // What depends on something goes before it.
  void prune() {
    const auto before = edit_.catalog().at(applied_.product);
    for (const auto& [tag, broker] : before.brokers) {
      for (const auto& [topic_tag, topic] : broker.topics) {
        const auto event = topic.topic->event();
        for (const auto& [name, group] : topic.groups) {
          if (!remove("group " + event + "/" + name,
                      [&, &name = name] { return edit_.remove_group(applied_.product, event, name); }))
            continue;
          applied_.pruned.push_back(*group);
        }
        remove("topic " + event, [&] { return edit_.remove_topic(applied_.product, event); });
      }
      remove("broker " + tag, [&, &tag = tag] { return edit_.remove_broker(applied_.product, tag); });
    }
  }

  // Whether the file does not name it and it is gone.
  bool remove(std::string object, const std::function<Result<void>()>& removal) {
    if (problem_ || seen_.contains(object)) return false;
    if (auto done = removal(); !done) {
      problem_ = std::move(done).error();
      return false;
    }
    note(Change::Kind::removed, std::move(object));
    return true;
  }

  // Those that came with a broker's config, or went with it.
  using Secrets = ByTag<std::shared_ptr<const model::SealedSecret>>;
  [[nodiscard]] const Secrets& secrets_now() const { return edit_.catalog().at(applied_.product).secrets; }
  void note_secrets(const Secrets& before) {
    const auto& now = secrets_now();
    for (const auto& [name, secret] : now) {
      const auto known = before.find(name);
      if (known == before.end())
        note(Change::Kind::added, "secret " + name);
      else if (known->second != secret)
        note(Change::Kind::changed, "secret " + name);
    }
    for (const auto& [name, secret] : before)
      if (!now.contains(name)) note(Change::Kind::removed, "secret " + name);
  }

  // Each object stands once in a file, and all of them in one product.
  void place(Fields& fields, const std::string& product, const std::string& object) {
    if (!problem_ && product != applied_.product)
      fields.fail(fields.path("product"), "the file is about the product " + in_quotes(applied_.product) +
                                              ", this is of " + in_quotes(product));
    if (!problem_ && !seen_.insert(object).second) fields.fail(fields.path(), object + " is given twice");
  }

  template <class T>
  void save(Fields& fields, const T& object, const T* before, const std::string& name) {
    const bool same =
        before && model::to_json(*before) == model::to_json(object) && before->revision == object.revision;
    if (same) return note(Change::Kind::unchanged, name);
    auto stored = before ? edit_.update(object) : edit_.create(object);
    if (!stored) return fields.fail(fields.path(), stored.error());
    note(before ? Change::Kind::changed : Change::Kind::added, name);
  }

  void complain(Result<void> checked) {
    if (!checked && !problem_) problem_ = std::move(checked).error();
  }

  void note(Change::Kind kind, std::string object) { applied_.changes.push_back({kind, std::move(object)}); }

  Edit& edit_;
  const ApplyOptions& options_;
  std::optional<Error> problem_;
  Applied applied_;
  std::set<std::string> seen_;
};

}  // namespace

Result<Applied> apply(Edit& edit, const Json& document, const ApplyOptions& options) {
  return Applier(edit, options).run(document);
}

}  // namespace ductape::inline v0::registry
