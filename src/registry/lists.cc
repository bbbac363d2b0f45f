// SPDX-License-Identifier: Apache-2.0
#include <ductape/registry.hpp>

#include "src/registry/stored_registry.h"

// What Registry lists, in the order of the tags.
namespace ductape::inline v0 {
namespace {

Result<std::shared_ptr<const registry::Catalog>> catalog_of(const std::shared_ptr<detail::RegistryCore>& core) {
  return static_cast<registry::StoredRegistry&>(*core).read();
}

void add_topics(const registry::BrokerEntry& broker, std::vector<TopicDefinition>& out) {
  for (const auto& [tag, entry] : broker.topics) out.push_back(*entry.topic);
}

void add_groups(const registry::TopicEntry& topic, std::vector<GroupDefinition>& out) {
  for (const auto& [name, group] : topic.groups) out.push_back(*group);
}

}  // namespace

Result<std::vector<Product>> Registry::products() const {
  const auto catalog = catalog_of(core_);
  if (!catalog) return catalog.error();
  std::vector<Product> out;
  for (const auto& [tag, entry] : **catalog) out.push_back(*entry.product);
  return out;
}

Result<std::vector<Broker>> Registry::brokers(std::string_view product) const {
  const auto catalog = catalog_of(core_);
  if (!catalog) return catalog.error();
  const auto owner = registry::find_product(**catalog, product);
  if (!owner) return owner.error();
  std::vector<Broker> out;
  for (const auto& [tag, entry] : (*owner)->brokers) out.push_back(*entry.broker);
  return out;
}

Result<std::vector<TopicDefinition>> Registry::topics(std::string_view product, std::string_view broker) const {
  const auto catalog = catalog_of(core_);
  if (!catalog) return catalog.error();
  const auto owner = registry::find_product(**catalog, product);
  if (!owner) return owner.error();
  std::vector<TopicDefinition> out;
  if (broker.empty()) {
    for (const auto& [tag, entry] : (*owner)->brokers) add_topics(entry, out);
    return out;
  }
  const auto found = registry::find_broker(**catalog, product, broker);
  if (!found) return found.error();
  add_topics(**found, out);
  return out;
}

Result<std::vector<GroupDefinition>> Registry::groups(std::string_view product, std::string_view event) const {
  const auto catalog = catalog_of(core_);
  if (!catalog) return catalog.error();
  const auto owner = registry::find_product(**catalog, product);
  if (!owner) return owner.error();
  std::vector<GroupDefinition> out;
  if (event.empty()) {
    for (const auto& [tag, broker] : (*owner)->brokers)
      for (const auto& [name, topic] : broker.topics) add_groups(topic, out);
    return out;
  }
  const auto found = registry::find_topic(**catalog, product, event);
  if (!found) return found.error();
  add_groups(**found, out);
  return out;
}

}  // namespace ductape::inline v0
