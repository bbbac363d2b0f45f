// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <ductape/driver/provider.hpp>

#include "src/registry/catalog.h"

namespace ductape::inline v0::registry {

/// One change of the registry: a catalog of its own, and the transaction that makes it true. Each call checks first
/// and then changes both; after an error the whole edit is thrown away. Not thread-safe.
class Edit {
 public:
  /// `catalog` is what the store holds now.
  Edit(Catalog catalog, std::unique_ptr<store::Transaction> transaction);

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }

  // Errors: `already_exists`.
  Result<Product> create(Product product);
  Result<Broker> create(Broker broker);
  Result<TopicDefinition> create(TopicDefinition topic);
  Result<GroupDefinition> create(GroupDefinition group);

  // Errors: `conflict` if the revision is not the stored one.
  Result<Product> update(Product product);
  Result<Broker> update(Broker broker);
  Result<TopicDefinition> update(TopicDefinition topic);
  Result<GroupDefinition> update(GroupDefinition group);

  // Errors: `conflict` while something depends on it.
  Result<void> remove_product(std::string_view tag);
  Result<void> remove_broker(std::string_view product, std::string_view tag);
  Result<void> remove_topic(std::string_view product, std::string_view event);
  Result<void> remove_group(std::string_view product, std::string_view event, std::string_view name);

  [[nodiscard]] bool changed() const { return changed_; }
  /// The catalog as it now is. Nothing may follow.
  Result<Catalog> commit();

 private:
  template <class T>
  Result<std::shared_ptr<const T>> store(T object);
  Result<void> erase(const store::Key& key);

  Catalog catalog_;
  std::unique_ptr<store::Transaction> transaction_;
  bool changed_ = false;
};

}  // namespace ductape::inline v0::registry
