// SPDX-License-Identifier: Apache-2.0
#include <ductape/registry.hpp>

#include "src/model/event.h"
#include "src/registry/stored_registry.h"
#include "src/store/location.h"

namespace ductape::inline v0 {
namespace {

Result<void> add_first_objects(registry::Edit& edit, const InitOptions& options) {
  Broker broker{.product = options.product, .tag = "events", .name = "Events"};
  for (const auto& env : options.envs) broker.envs.push_back({.slug = env});
  if (auto made = edit.create(Product{.tag = options.product}); !made) return std::move(made).error();
  if (auto made = edit.create(std::move(broker)); !made) return std::move(made).error();
  auto topic =
      edit.create(TopicDefinition{.product = options.product, .broker = "events", .tag = "hello", .name = "Hello"});
  return topic ? Result<void>() : Result<void>(std::move(topic).error());
}

Result<void> check(const InitOptions& options) {
  if (auto done = model::check_tag("product tag", options.product); !done) return done;
  for (const auto& env : options.envs)
    if (auto done = model::check_tag("environment", env); !done) return done;
  if (options.envs.empty())
    return Error{.code = Errc::invalid_argument, .message = "no environment is given, at least 1", .hint = "--env dev"};
  return {};
}

}  // namespace

Result<Registry> Registry::init(const InitOptions& options) {
  // Before anything is made.
  if (auto done = check(options); !done) return std::move(done).error();
  auto location = store::parse_location("sqlite:" + (options.directory.empty() ? ".ductape" : options.directory));
  if (!location) return std::move(location).error();
  auto store = store::open(*location);
  if (!store) return std::move(store).error();
  const registry::ConfigFile config{options.product, options.envs.front()};
  auto core = registry::StoredRegistry::open(std::move(*store), location->directory, config);
  if (!core) return std::move(core).error();
  auto done = (*core)->write([&](registry::Edit& edit) -> Result<void> {
    // A store without a product is what an interrupted init leaves, or any command run in an empty directory.
    if (!edit.catalog().empty())
      return Error{.code = Errc::already_exists,
                   .message = "there is a store in " + location->directory + " already",
                   .hint = "product create and apply add to it"};
    if (auto added = add_first_objects(edit, options); !added) return added;
    return registry::write_config_file(location->directory, config);
  });
  if (!done) return std::move(done).error();
  return Registry(std::move(*core));
}

}  // namespace ductape::inline v0
