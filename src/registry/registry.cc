// SPDX-License-Identifier: Apache-2.0
#include <ductape/registry.hpp>

#include <ductape/driver/fault.hpp>

#include "src/model/document.h"
#include "src/registry/apply.h"
#include "src/registry/export.h"
#include "src/registry/locate.h"
#include "src/registry/merge.h"
#include "src/registry/stored_registry.h"

namespace ductape::inline v0 {
namespace {

using registry::Catalog;
using registry::Edit;
using registry::stored;
using registry::StoredRegistry;

template <class T>
Result<T> written(StoredRegistry& registry, const std::function<Result<T>(Edit&)>& change) {
  std::optional<T> out;
  auto done = registry.write([&](Edit& edit) -> Result<void> {
    auto result = change(edit);
    if (!result) return std::move(result).error();
    out = std::move(*result);
    return {};
  });
  if (!done) return std::move(done).error();
  return std::move(*out);
}

template <class T>
Result<T> created(StoredRegistry& registry, T object) {
  return written<T>(registry, [&](Edit& edit) { return edit.create(std::move(object)); });
}

template <class T>
Result<T> updated(StoredRegistry& registry, T object) {
  return written<T>(registry, [&](Edit& edit) { return edit.update(std::move(object)); });
}

// Somebody who asks whether it is there gets no error if it is not.
template <class T>
Result<std::optional<T>> or_nothing(Result<T> found, std::string_view absent) {
  if (found) return std::optional<T>(std::move(*found));
  if (found.error().name() == absent) return std::optional<T>();
  return std::move(found).error();
}

}  // namespace

Result<Registry> Registry::open(std::string_view url) {
  if (auto sound = driver::check_fault(); !sound) return std::move(sound).error();
  auto location = registry::locate(url);
  if (!location) return std::move(location).error();
  auto store = store::open(*location);
  if (!store) return std::move(store).error();
  registry::ConfigFile config;
  if (!location->directory.empty()) {
    auto read = registry::read_config_file(location->directory);
    if (!read) return std::move(read).error();
    config = std::move(*read);
  }
  auto core = StoredRegistry::open(std::move(*store), location->directory, std::move(config));
  if (!core) return std::move(core).error();
  return Registry(std::move(*core));
}

std::string Registry::directory() const { return stored(core_).directory(); }
std::string Registry::default_product() const { return stored(core_).config().product; }
std::string Registry::default_env() const { return stored(core_).config().env; }

Result<Product> Registry::create(Product product) { return created(stored(core_), std::move(product)); }
Result<Broker> Registry::create(Broker broker) { return created(stored(core_), std::move(broker)); }
Result<TopicDefinition> Registry::create(TopicDefinition topic) { return created(stored(core_), std::move(topic)); }
Result<GroupDefinition> Registry::create(GroupDefinition group) { return created(stored(core_), std::move(group)); }
Result<Broker> Registry::update(Broker broker) { return updated(stored(core_), std::move(broker)); }
Result<TopicDefinition> Registry::update(TopicDefinition topic) { return updated(stored(core_), std::move(topic)); }
Result<GroupDefinition> Registry::update(GroupDefinition group) { return updated(stored(core_), std::move(group)); }

Result<Product> Registry::update(Product product) { return updated(stored(core_), std::move(product)); }
Result<Broker> Registry::update_broker(std::string_view product, std::string_view tag, std::string_view partial) {
  auto document = model::parse_document(partial);
  if (!document) return std::move(document).error();
  return written<Broker>(stored(core_),
                         [&](Edit& edit) { return registry::merge_broker(edit, product, tag, *document); });
}
Result<TopicDefinition> Registry::update_topic(std::string_view product, std::string_view event,
                                               std::string_view partial) {
  auto document = model::parse_document(partial);
  if (!document) return std::move(document).error();
  return written<TopicDefinition>(stored(core_),
                                  [&](Edit& edit) { return registry::merge_topic(edit, product, event, *document); });
}

Result<std::optional<Broker>> Registry::fetch_broker(std::string_view product, std::string_view tag) const {
  return or_nothing(broker(product, tag), "BROKER_NOT_FOUND");
}
Result<std::optional<TopicDefinition>> Registry::fetch_topic(std::string_view product, std::string_view event) const {
  return or_nothing(topic(product, event), "TOPIC_NOT_FOUND");
}

Result<std::string> Registry::export_product(std::string_view product, DocumentFormat format) const {
  auto catalog = stored(core_).read();
  if (!catalog) return std::move(catalog).error();
  auto found = registry::find_product(**catalog, product);
  if (!found) return std::move(found).error();
  const auto document = registry::document_of(**found);
  return format == DocumentFormat::json ? document.dump(2) + "\n" : model::yaml_of(document);
}

Result<Product> Registry::product(std::string_view tag) const {
  auto catalog = stored(core_).read();
  if (!catalog) return std::move(catalog).error();
  auto found = registry::find_product(**catalog, tag);
  if (!found) return std::move(found).error();
  return *(*found)->product;
}

Result<Broker> Registry::broker(std::string_view product, std::string_view tag) const {
  auto catalog = stored(core_).read();
  if (!catalog) return std::move(catalog).error();
  auto found = registry::find_broker(**catalog, product, tag);
  if (!found) return std::move(found).error();
  return *(*found)->broker;
}

Result<TopicDefinition> Registry::topic(std::string_view product, std::string_view event) const {
  auto catalog = stored(core_).read();
  if (!catalog) return std::move(catalog).error();
  auto found = registry::find_topic(**catalog, product, event);
  if (!found) return std::move(found).error();
  return *(*found)->topic;
}

Result<GroupDefinition> Registry::group(std::string_view product, std::string_view event, std::string_view name) const {
  auto catalog = stored(core_).read();
  if (!catalog) return std::move(catalog).error();
  auto found = registry::find_group(**catalog, product, event, name);
  if (!found) return std::move(found).error();
  return **found;
}

Result<void> Registry::remove_product(std::string_view tag) {
  return stored(core_).write([&](Edit& edit) { return edit.remove_product(tag); });
}
Result<void> Registry::remove_broker(std::string_view product, std::string_view tag) {
  return stored(core_).write([&](Edit& edit) { return edit.remove_broker(product, tag); });
}
Result<void> Registry::remove_topic(std::string_view product, std::string_view event) {
  return stored(core_).write([&](Edit& edit) { return edit.remove_topic(product, event); });
}
Result<void> Registry::remove_group(std::string_view product, std::string_view event, std::string_view name) {
  return stored(core_).write([&](Edit& edit) { return edit.remove_group(product, event, name); });
}

Result<Applied> Registry::apply(std::string_view text, const ApplyOptions& options) {
  auto document = model::parse_document(text);
  if (!document) return std::move(document).error();
  std::optional<Applied> applied;
  auto done = stored(core_).write(
      [&](Edit& edit) -> Result<void> {
        auto result = registry::apply(edit, *document, options);
        if (!result) return std::move(result).error();
        applied = std::move(*result);
        return {};
      },
      !options.dry_run);
  if (!done) return std::move(done).error();
  return std::move(*applied);
}

}  // namespace ductape::inline v0
