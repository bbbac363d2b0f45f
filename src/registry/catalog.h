// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/registry.hpp>

#include "src/model/sealed_secret.h"
#include "src/store/store.h"

namespace ductape::inline v0::registry {

template <class T>
using ByTag = std::map<std::string, T, std::less<>>;

struct TopicEntry {
  std::shared_ptr<const TopicDefinition> topic = {};
  ByTag<std::shared_ptr<const GroupDefinition>> groups = {};
};
struct BrokerEntry {
  std::shared_ptr<const Broker> broker = {};
  ByTag<TopicEntry> topics = {};
};
struct ProductEntry {
  std::shared_ptr<const Product> product = {};
  ByTag<BrokerEntry> brokers = {};
  ByTag<std::shared_ptr<const model::SealedSecret>> secrets = {};
};

/// Everything the store holds, by who owns what. A value: copying shares the objects.
using Catalog = ByTag<ProductEntry>;

/// Errors: `data_loss` for a record that cannot be read or whose owner is not there.
Result<Catalog> build_catalog(std::vector<store::Record> records);

// Look-ups with Ductape's names for what is not there. They return pointers into the catalog.
Result<const ProductEntry*> find_product(const Catalog& catalog, std::string_view product);
Result<const BrokerEntry*> find_broker(const Catalog& catalog, std::string_view product, std::string_view broker);
Result<const TopicEntry*> find_topic(const Catalog& catalog, std::string_view product, std::string_view event);
Result<const GroupDefinition*> find_group(const Catalog& catalog, std::string_view product, std::string_view event,
                                          std::string_view group);
Result<const BrokerEnv*> find_env(const Broker& broker, std::string_view env);

}  // namespace ductape::inline v0::registry
