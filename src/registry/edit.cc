// SPDX-License-Identifier: Apache-2.0
#include "src/registry/edit.h"

#include <algorithm>

#include <ductape/providers.hpp>

#include "src/model/event.h"
#include "src/model/in_quotes.h"
#include "src/model/objects.h"

namespace ductape::inline v0::registry {
namespace {

using model::in_quotes;

store::Key key_of(const Product& product) { return {store::Kind::product, product.tag, ""}; }
store::Key key_of(const Broker& broker) { return {store::Kind::broker, broker.product, broker.tag}; }
store::Key key_of(const TopicDefinition& topic) { return {store::Kind::topic, topic.product, topic.event()}; }
store::Key key_of(const GroupDefinition& group) {
  return {store::Kind::group, group.product, group.event + "/" + group.name};
}

Error exists(const std::string& what) {
  return {.code = Errc::already_exists, .message = what + " exists already", .hint = "apply or update changes it"};
}

Error stale(const std::string& what, std::uint64_t given, std::uint64_t stored) {
  return {.code = Errc::conflict,
          .message = what + " was changed meanwhile: its revision is " + std::to_string(stored) +
                     ", the update is for " + std::to_string(given),
          .hint = "fetch it again and repeat the change"};
}

// "the broker "orders" has topics: new-orders, refunds, ..."
template <class Map>
Error in_use(const std::string& what, const std::string& of_what, const Map& dependants) {
  constexpr std::size_t most = 10;
  std::string names;
  std::size_t count = 0;
  for (const auto& entry : dependants) {
    if (++count > most) break;
    names.append(names.empty() ? "" : ", ").append(entry.first);
  }
  if (dependants.size() > most) names += ", and " + std::to_string(dependants.size() - most) + " more";
  return {
      .code = Errc::conflict, .message = what + " still has " + of_what + ": " + names, .hint = "delete them first"};
}

// What was found in the edit's own catalog may be changed through it.
template <class T>
T& writable(const T* found) {
  return const_cast<T&>(*found);
}

}  // namespace

Edit::Edit(Catalog catalog, std::unique_ptr<store::Transaction> transaction, SecretKey& key, bool keep)
    : catalog_(std::move(catalog)), transaction_(std::move(transaction)), key_(key), keep_(keep) {}

template <class T>
Result<std::shared_ptr<const T>> Edit::store(T object) {
  auto revision = transaction_->put(key_of(object), model::to_json(object).dump());
  if (!revision) return std::move(revision).error();
  changed_ = true;
  object.revision = *revision;
  return std::shared_ptr<const T>(std::make_shared<T>(std::move(object)));
}

Result<void> Edit::erase(const store::Key& key) {
  changed_ = true;
  return transaction_->erase(key);
}

Result<Product> Edit::create(Product product) {
  if (auto done = model::check(product); !done) return std::move(done).error();
  if (catalog_.contains(product.tag)) return exists("the product " + in_quotes(product.tag));
  auto stored = store(std::move(product));
  if (!stored) return std::move(stored).error();
  catalog_[(*stored)->tag].product = *stored;
  return **stored;
}

Result<Broker> Edit::create(Broker broker) {
  if (auto done = model::check(broker, providers()); !done) return std::move(done).error();
  auto owner = find_product(catalog_, broker.product);
  if (!owner) return std::move(owner).error();
  if ((*owner)->brokers.contains(broker.tag)) return exists("the broker " + in_quotes(broker.tag));
  if (auto sealed = seal(broker); !sealed) return std::move(sealed).error();
  auto stored = store(std::move(broker));
  if (!stored) return std::move(stored).error();
  writable(*owner).brokers[(*stored)->tag].broker = *stored;
  return **stored;
}

Result<TopicDefinition> Edit::create(TopicDefinition topic) {
  if (auto done = model::check(topic); !done) return std::move(done).error();
  auto owner = find_broker(catalog_, topic.product, topic.broker);
  if (!owner) return std::move(owner).error();
  if ((*owner)->topics.contains(topic.tag)) return exists("the topic " + in_quotes(topic.event()));
  auto stored = store(std::move(topic));
  if (!stored) return std::move(stored).error();
  writable(*owner).topics[(*stored)->tag].topic = *stored;
  return **stored;
}

Result<GroupDefinition> Edit::create(GroupDefinition group) {
  if (auto done = model::check(group); !done) return std::move(done).error();
  auto owner = find_topic(catalog_, group.product, group.event);
  if (!owner) return std::move(owner).error();
  if ((*owner)->groups.contains(group.name))
    return exists("the group " + in_quotes(group.name) + " of " + in_quotes(group.event));
  auto stored = store(std::move(group));
  if (!stored) return std::move(stored).error();
  writable(*owner).groups[(*stored)->name] = *stored;
  return **stored;
}

Result<Product> Edit::update(Product product) {
  if (auto done = model::check(product); !done) return std::move(done).error();
  auto found = catalog_.find(product.tag);
  if (found == catalog_.end()) return find_product(catalog_, product.tag).error();
  auto& entry = found->second;
  if (product.revision != entry.product->revision)
    return stale("the product " + in_quotes(product.tag), product.revision, entry.product->revision);
  auto stored = store(std::move(product));
  if (!stored) return std::move(stored).error();
  return *(entry.product = *stored);
}

Result<Broker> Edit::update(Broker broker) {
  if (auto done = model::check(broker, providers()); !done) return std::move(done).error();
  auto found = find_broker(catalog_, broker.product, broker.tag);
  if (!found) return std::move(found).error();
  auto& entry = writable(*found);
  if (broker.revision != entry.broker->revision)
    return stale("the broker " + in_quotes(broker.tag), broker.revision, entry.broker->revision);
  if (auto sealed = seal(broker); !sealed) return std::move(sealed).error();
  auto stored = store(std::move(broker));
  if (!stored) return std::move(stored).error();
  entry.broker = *stored;
  if (auto dropped = drop_unnamed_secrets((*stored)->product); !dropped) return std::move(dropped).error();
  return **stored;
}

Result<TopicDefinition> Edit::update(TopicDefinition topic) {
  auto found = find_topic(catalog_, topic.product, topic.event());
  if (found) model::widen(topic, *(*found)->topic);
  if (auto done = model::check(topic); !done) return std::move(done).error();
  if (!found) return std::move(found).error();
  auto& entry = writable(*found);
  if (topic.revision != entry.topic->revision)
    return stale("the topic " + in_quotes(topic.event()), topic.revision, entry.topic->revision);
  if (topic.ordered != entry.topic->ordered && !entry.groups.empty()) {
    auto error =
        in_use("`ordered` is fixed once a group exists: the topic " + in_quotes(topic.event()), "groups", entry.groups);
    error.hint = "delete the groups first, or make another topic";
    return error;
  }
  auto stored = store(std::move(topic));
  if (!stored) return std::move(stored).error();
  return *(entry.topic = *stored);
}

Result<GroupDefinition> Edit::update(GroupDefinition group) {
  if (auto done = model::check(group); !done) return std::move(done).error();
  auto found = find_group(catalog_, group.product, group.event, group.name);
  if (!found) return std::move(found).error();
  const auto& before = **found;
  const auto named = "the group " + in_quotes(group.name) + " of " + in_quotes(group.event);
  if (group.revision != before.revision) return stale(named, group.revision, before.revision);
  auto stored = store(std::move(group));
  if (!stored) return std::move(stored).error();
  auto owner = find_topic(catalog_, (*stored)->product, (*stored)->event);
  writable(*owner).groups[(*stored)->name] = *stored;
  return **stored;
}

Result<void> Edit::remove_product(std::string_view tag) {
  auto found = find_product(catalog_, tag);
  if (!found) return std::move(found).error();
  if (!(*found)->brokers.empty()) return in_use("the product " + in_quotes(tag), "brokers", (*found)->brokers);
  if (!(*found)->secrets.empty()) return in_use("the product " + in_quotes(tag), "secrets", (*found)->secrets);
  if (auto done = erase(key_of(*(*found)->product)); !done) return done;
  catalog_.erase(catalog_.find(tag));
  return {};
}

Result<void> Edit::remove_broker(std::string_view product, std::string_view tag) {
  auto found = find_broker(catalog_, product, tag);
  if (!found) return std::move(found).error();
  if (!(*found)->topics.empty()) return in_use("the broker " + in_quotes(tag), "topics", (*found)->topics);
  if (auto done = erase(key_of(*(*found)->broker)); !done) return done;
  auto& brokers = catalog_.find(product)->second.brokers;
  brokers.erase(brokers.find(tag));
  return drop_unnamed_secrets(product);
}

Result<void> Edit::remove_topic(std::string_view product, std::string_view event) {
  auto found = find_topic(catalog_, product, event);
  if (!found) return std::move(found).error();
  if (!(*found)->groups.empty()) return in_use("the topic " + in_quotes(event), "groups", (*found)->groups);
  const auto topic = (*found)->topic;
  if (auto done = erase(key_of(*topic)); !done) return done;
  catalog_.find(product)->second.brokers.find(topic->broker)->second.topics.erase(topic->tag);
  return {};
}

Result<void> Edit::remove_group(std::string_view product, std::string_view event, std::string_view name) {
  auto found = find_group(catalog_, product, event, name);
  if (!found) return std::move(found).error();
  if (auto done = erase(key_of(**found)); !done) return done;
  auto& groups = writable(*find_topic(catalog_, product, event)).groups;
  groups.erase(groups.find(name));
  return {};
}

Result<Catalog> Edit::commit() {
  if (auto done = transaction_->commit(); !done) return std::move(done).error();
  return std::move(catalog_);
}

}  // namespace ductape::inline v0::registry
