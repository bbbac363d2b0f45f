// SPDX-License-Identifier: Apache-2.0
#include "src/client/placing.h"

#include <array>

#include "src/pipeline/broker_connection.h"

namespace ductape::inline v0::client {

using driver::GroupSpec;
using pipeline::Route;

GroupSpec spec_of(const GroupDefinition& group) {
  static constexpr std::array modes{GroupSpec::shared, GroupSpec::exclusive, GroupSpec::broadcast};
  return {.name = group.name, .mode = modes[static_cast<std::size_t>(group.mode)], .from = group.from};
}

std::optional<Error> refused_by(const Route& to, Mode mode, std::string_view from) {
  const auto& can = to.capabilities;
  std::string_view what;
  if (mode != Mode::broadcast && !to.connection->driver().keeps_messages())
    return Error{.code = Errc::unsupported,
                 .message = to.provider + " keeps no messages for a group of " + to.event + " in its present mode",
                 .hint = "subscribe with `mode: broadcast`, or give the broker a mode that keeps them",
                 .provider = to.provider};
  if (mode == Mode::exclusive && !can.exclusive) what = "an exclusive group";
  if (mode == Mode::broadcast && !can.broadcast) what = "broadcast";
  if (from != "latest" && !can.replay) what = "a group that starts in the past";
  if (what.empty()) return std::nullopt;
  return Error{.code = Errc::unsupported,
               .message = to.provider + " cannot give " + std::string(what) + " for " + to.event,
               .provider = to.provider};
}

Result<pipeline::Place> place_of(std::shared_ptr<const Route> route, std::string_view group) {
  pipeline::Place place{.route = std::move(route)};
  const auto& driver = place.route->connection->driver();
  for (auto [role, address] :
       {std::pair(driver::Role::retry, &place.retry), {driver::Role::dead_letter, &place.dead_letter}}) {
    auto found = driver.address(place.route->spec(), role, group);
    if (!found) return std::move(found).error();
    *address = std::move(*found);
  }
  return place;
}

Result<void> check_topology(const driver::Topology& topology, const Route& route, std::string_view group,
                            const std::function<void(const Notice&)>& tell) {
  if (!topology.missing.empty())
    return Error{.code = Errc::not_found,
                 .message = topology.missing.front() + " does not exist at " + route.provider + " and may not be made",
                 .hint = "make it there, or let the environment have `provision: create`",
                 .provider = route.provider};
  for (const auto& native : topology.differs)
    tell({.kind = Notice::Kind::differs,
          .event = route.event,
          .group = std::string(group),
          .text = native + " exists at " + route.provider + " with other settings and is left as it is"});
  return {};
}

}  // namespace ductape::inline v0::client
