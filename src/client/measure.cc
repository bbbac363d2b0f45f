// SPDX-License-Identifier: Apache-2.0
// What this client counted of topics and groups, for its program.
#include "src/client/client_core.h"

namespace ductape::inline v0::detail {

std::vector<client::Meter::Counted> ClientCore::counted() {
  std::map<std::string, client::Meter::Counted> all;
  const auto at = [&all](const std::string& scope) -> client::Meter::Counted& {
    const auto [found, is_new] = all.try_emplace(scope);
    if (is_new) {
      auto read = model::read_tally_scope(scope);
      auto& status = found->second.status;
      status.definition = {
          .product = std::move(read.product), .event = std::move(read.event), .name = std::move(read.group)};
      status.env = std::move(read.env);
    }
    return found->second;
  };
  const auto count = [](GroupStatus& status, const model::Tally& tally) {
    if (status.definition.name.empty()) {
      status.published = tally.published;
      status.resent = tally.resent;
      return;
    }
    status.done = tally.done;
    status.failed = tally.failed;
    status.dead_lettered = tally.dead;
    status.lost = tally.lost;
  };
  for (const auto& [scope, tally] : teller_.totals()) count(at(scope).status, tally);

  for (const auto& core : subscriptions()) {
    if (core->ended() || core->definition().mode == Mode::broadcast) continue;
    const auto route = core->present_route();
    auto& one = at(model::tally_scope(route->product, route->env, route->event, core->definition().name));
    if (!one.status.done) count(one.status, {});  // one that did nothing yet has zeros
    const auto stats = core->stats();
    one.status.in_flight = one.status.in_flight.value_or(0) + stats.in_flight;
    one.status.parked = one.status.parked.value_or(0) + stats.parked;
    one.route = route;
  }

  std::vector<client::Meter::Counted> list;
  for (auto& [scope, one] : all) list.push_back(std::move(one));
  return list;
}

}  // namespace ductape::inline v0::detail
