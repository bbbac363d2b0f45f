// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/topology.hpp>
#include <ductape/groups.hpp>

namespace ductape::inline v0::client {

/// What the provider says of a group.
inline void add_state(GroupStatus& status, const driver::GroupState& state) {
  status.waiting = state.waiting;
  status.in_flight = state.in_flight;
  status.done = state.done;
  status.dead = state.dead;
  status.parked = state.parked;
  status.lag = state.lag;
  status.oldest_age = state.oldest;
  status.data_loss = state.data_loss;
}

}  // namespace ductape::inline v0::client
