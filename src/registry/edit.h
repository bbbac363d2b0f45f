// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <ductape/driver/provider.hpp>

#include "src/registry/catalog.h"
#include "src/registry/secret_key.h"

namespace ductape::inline v0::registry {

/// One change of the registry: a catalog of its own, and the transaction that makes it true. Each call checks first
/// and then changes both; after an error the whole edit is thrown away. Not thread-safe.
class Edit {
 public:
  /// `catalog` is what the store holds now. Without `keep` nothing will be committed.
  Edit(Catalog catalog, std::unique_ptr<store::Transaction> transaction, SecretKey& key, bool keep);

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

  /// Keeps what stands in clear in the broker's configs as secrets, and leaves references to them there. A secret that
  /// a config names must be there. `path` is where the broker stands. `create` and `update` do it too.
  Result<void> seal(Broker& broker, const std::string& path = {});
  Result<void> set_secret(std::string_view product, std::string_view name, const Secret& value);
  /// Errors: `conflict` while a broker's config names it.
  Result<void> remove_secret(std::string_view product, std::string_view name);

  [[nodiscard]] bool changed() const { return changed_; }
  /// The catalog as it now is. Nothing may follow.
  Result<Catalog> commit();

 private:
  template <class T>
  Result<std::shared_ptr<const T>> store(T object);
  Result<void> erase(const store::Key& key);

  Result<void> put_secret(std::string_view product, std::string_view name, const std::string& value, bool of_config);
  Result<std::shared_ptr<const SecretBox>> box();
  Result<void> drop_unnamed_secrets(std::string_view product);

  Catalog catalog_;
  std::unique_ptr<store::Transaction> transaction_;
  SecretKey& key_;
  const bool keep_;
  std::shared_ptr<const SecretBox> box_;
  bool changed_ = false;
};

}  // namespace ductape::inline v0::registry
