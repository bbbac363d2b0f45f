// SPDX-License-Identifier: Apache-2.0
#include "src/registry/catalog.h"

#include "src/model/document.h"
#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/nearest.h"
#include "src/model/objects.h"

namespace ductape::inline v0::registry {
namespace {

template <class Map>
std::vector<std::string_view> tags(const Map& map) {
  std::vector<std::string_view> out;
  for (const auto& entry : map) out.push_back(entry.first);
  return out;
}

Error not_found(const char* documented, const std::string& what, std::string_view tag,
                std::span<const std::string_view> there, std::string hint) {
  return {.code = Errc::not_found,
          .message = what + model::did_you_mean(tag, there),
          .hint = std::move(hint),
          .documented = documented};
}

Error damaged(const store::Record& record, const std::string& why) {
  return {.code = Errc::data_loss,
          .message = "the record of " + model::in_quotes(record.key.product + "/" + record.key.tag) +
                     " cannot be read: " + why,
          .hint = "bring registry.db back from a backup",
          .documented = store::unusable};
}

// One record into an object, through the same reader as every file.
template <class T>
Result<std::shared_ptr<const T>> object_of(const store::Record& record) {
  auto json = model::parse_json(record.body);
  if (!json) return damaged(record, json.error().message);
  auto object = std::make_shared<T>();
  if constexpr (requires { object->product; }) object->product = record.key.product;
  std::optional<Error> problem;
  model::Fields fields(*json, "", problem);
  model::read(fields, *object);
  fields.end();
  if (problem) return damaged(record, problem->message);
  object->revision = record.revision;
  return std::shared_ptr<const T>(std::move(object));
}

Result<void> add(Catalog& catalog, const store::Record& record) {
  const auto orphan = [&] { return damaged(record, "what it belongs to is not there"); };
  if (record.key.kind == store::Kind::product) {
    auto product = object_of<Product>(record);
    if (!product) return std::move(product).error();
    catalog[(*product)->tag].product = *product;
    return {};
  }
  const auto owner = catalog.find(record.key.product);
  if (owner == catalog.end()) return orphan();
  if (record.key.kind == store::Kind::secret) {
    auto secret = object_of<model::SealedSecret>(record);
    if (!secret) return std::move(secret).error();
    owner->second.secrets[(*secret)->name] = *secret;
    return {};
  }
  auto& brokers = owner->second.brokers;
  if (record.key.kind == store::Kind::broker) {
    auto broker = object_of<Broker>(record);
    if (!broker) return std::move(broker).error();
    brokers[(*broker)->tag].broker = *broker;
    return {};
  }
  const auto event = model::parse_event(std::string_view(record.key.tag).substr(0, record.key.tag.find('/')));
  if (!event) return damaged(record, event.error().message);
  const auto broker = brokers.find(event->broker);
  if (broker == brokers.end()) return orphan();
  auto& topics = broker->second.topics;
  if (record.key.kind == store::Kind::topic) {
    auto topic = object_of<TopicDefinition>(record);
    if (!topic) return std::move(topic).error();
    topics[(*topic)->tag].topic = *topic;
    return {};
  }
  const auto topic = topics.find(event->topic);
  if (topic == topics.end()) return orphan();
  auto group = object_of<GroupDefinition>(record);
  if (!group) return std::move(group).error();
  topic->second.groups[(*group)->name] = *group;
  return {};
}

}  // namespace

Result<Catalog> build_catalog(std::vector<store::Record> records) {
  Catalog catalog;
  for (const auto& record : records)  // ordered by kind, so owners come first
    if (auto done = add(catalog, record); !done) return std::move(done).error();
  return catalog;
}

Result<const ProductEntry*> find_product(const Catalog& catalog, std::string_view product) {
  if (product.empty())
    return Error{.code = Errc::invalid_argument,
                 .message = "no product is given",
                 .hint = "--product, DUCTAPE_PRODUCT, or `product:` in config.yaml beside the store"};
  if (const auto found = catalog.find(product); found != catalog.end()) return &found->second;
  return not_found("PRODUCT_NOT_FOUND", "there is no product " + model::in_quotes(product), product, tags(catalog),
                   "make it with `product create` or `apply`");
}

Result<const BrokerEntry*> find_broker(const Catalog& catalog, std::string_view product, std::string_view broker) {
  auto owner = find_product(catalog, product);
  if (!owner) return std::move(owner).error();
  const auto& brokers = (*owner)->brokers;
  if (const auto found = brokers.find(broker); found != brokers.end()) return &found->second;
  return not_found("BROKER_NOT_FOUND",
                   "the product " + model::in_quotes(product) + " has no broker " + model::in_quotes(broker), broker,
                   tags(brokers), "make it with `broker create` or `apply`");
}

Result<const TopicEntry*> find_topic(const Catalog& catalog, std::string_view product, std::string_view event) {
  auto id = model::parse_event(event);
  if (!id) return std::move(id).error();
  auto owner = find_broker(catalog, product, id->broker);
  if (!owner) return std::move(owner).error();
  const auto& topics = (*owner)->topics;
  if (const auto found = topics.find(id->topic); found != topics.end()) return &found->second;
  return not_found("TOPIC_NOT_FOUND",
                   "the broker " + model::in_quotes(id->broker) + " of the product " + model::in_quotes(product) +
                       " has no topic " + model::in_quotes(id->topic),
                   id->topic, tags(topics), "make it with `topic create` or `apply`");
}

Result<const GroupDefinition*> find_group(const Catalog& catalog, std::string_view product, std::string_view event,
                                          std::string_view group) {
  auto owner = find_topic(catalog, product, event);
  if (!owner) return std::move(owner).error();
  const auto& groups = (*owner)->groups;
  if (const auto found = groups.find(group); found != groups.end()) return found->second.get();
  return not_found(nullptr, "the topic " + model::in_quotes(event) + " has no group " + model::in_quotes(group), group,
                   tags(groups), "make it with `group create`, `apply` or a first `subscribe`");
}

Result<const BrokerEnv*> find_env(const Broker& broker, std::string_view env) {
  std::vector<std::string_view> slugs;
  for (const auto& candidate : broker.envs) {
    if (candidate.slug == env) return &candidate;
    slugs.push_back(candidate.slug);
  }
  return not_found("BROKER_ENV_NOT_FOUND",
                   "the broker " + model::in_quotes(broker.tag) + " has no environment " + model::in_quotes(env), env,
                   slugs, "add it to the broker's envs");
}

}  // namespace ductape::inline v0::registry
