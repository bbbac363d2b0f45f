// SPDX-License-Identifier: Apache-2.0
// How subscriptions that run follow what a person changes in the registry: a broker's config, a secret.
#include <algorithm>
#include <set>

#include "src/client/client_core.h"
#include "src/client/placing.h"

namespace ductape::inline v0::detail {

using pipeline::Route;

namespace {

// Between two attempts to go where a broker is now.
constexpr std::chrono::seconds pause(5);
// For which nobody has needed a connection before it is closed.
constexpr std::chrono::seconds long_unused(30);

void stays(const observe::Log& log, const SubscriptionCore& core, const Error& why) {
  const auto& group = core.definition();
  log.write(LogLevel::warn, "a subscription cannot follow its broker's new settings: " + why.message,
            {{"event", group.event}, {"group", group.name}});
}

}  // namespace

void ClientCore::beat() {
  teller_.tell();
  follow();
  retire_connections();
}

void ClientCore::follow() {
  const auto now = runtime_->now();
  std::vector<std::pair<std::shared_ptr<SubscriptionCore>, client::RouteCell*>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : subscriptions_)
      if (auto core = one.core.lock(); core && now >= one.follow_at) all.emplace_back(std::move(core), one.cell);
  }
  for (const auto& [core, cell] : all) {
    if (core->ended()) continue;
    const auto found = route(*cell, now);
    if (found && (*found)->connection == core->present_route()->connection) continue;
    {
      const std::lock_guard lock(mutex_);
      for (auto& one : subscriptions_)
        if (one.core.lock() == core) one.follow_at = now + pause;
    }
    if (found)
      lead(core, *found);
    else
      stays(*log_, *core, found.error());
  }
}

void ClientCore::lead(const std::shared_ptr<SubscriptionCore>& core, const Route* to) {
  std::shared_ptr<const Route> route;
  {
    const std::lock_guard lock(mutex_);
    route = routes_.at(to);
  }
  const auto& group = core->definition();
  if (auto refused = client::refused_by(*route, group.mode, group.from)) return stays(*log_, *core, *refused);
  auto place = client::place_of(route, group.name);
  if (!place) return stays(*log_, *core, place.error());
  const auto spec = std::make_shared<const driver::GroupSpec>(client::spec_of(group));
  route->connection->driver().provision(
      route->spec(), std::span(spec.get(), 1), route->may_provision,
      [core, spec, log = log_, tell = noticing(), place = std::move(*place)](Result<driver::Topology> made) mutable {
        const auto& name = core->definition().name;
        auto usable = made ? client::check_topology(*made, *place.route, name, tell) : std::move(made).error();
        if (!usable) return stays(*log, *core, usable.error());
        core->move_to(std::move(place));
      });
}

// A connection that neither the present routes nor the subscriptions need was superseded: its health says nothing any
// more, and after a while it is closed.
void ClientCore::retire_connections() {
  const auto now = runtime_->now();
  std::set<const pipeline::BrokerConnection*> routed;
  for (auto* cell : table_.cells())
    if (cell->route.load(std::memory_order_acquire))
      if (const auto found = route(*cell, now)) routed.insert((*found)->connection);
  const auto running = subscriptions();
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  for (auto each = connections_.begin(); each != connections_.end();) {
    auto& opened = each->second;
    auto& connection = *opened.connection;
    const bool used = routed.contains(&connection) ||
                      std::ranges::any_of(running, [&](const auto& core) { return core->uses(connection); });
    if (used)
      opened.unused_since.reset();
    else if (!opened.unused_since)
      opened.unused_since = now;
    else if (now - *opened.unused_since >= long_unused && connection.publishing().retire()) {
      retired_.push_back(opened.connection);
      each = connections_.erase(each);
      continue;
    }
    ++each;
  }
}

}  // namespace ductape::inline v0::detail
