// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// Where a failed message waits for its next attempt.
enum class Parking : std::uint8_t {
  at_provider,  ///< handed back with a delay
  here,         ///< in memory, under its lease
  moved,        ///< published to the group's private address with its due time
};

struct ParkingLot {
  Millis provider_max{0};     ///< longest delay of the provider; 0: it knows none
  std::size_t most_here = 0;  ///< `max_parked`
  std::size_t here = 0;       ///< parked here now
};

/// Longer waits are not worth a place in memory and a lease.
inline constexpr Millis longest_wait_here{10'000};

/// `in_order`: the later messages of its key wait behind it, so it must not leave: they would all have to go back first
/// and come again (tried: under load they cross each other until a key starves). It parks here even where that is one
/// more than `most_here`, and the caller stops fetching.
[[nodiscard]] inline Parking where_to_park(Millis delay, bool in_order, const ParkingLot& lot) {
  if (in_order) return Parking::here;
  if (delay <= lot.provider_max) return Parking::at_provider;
  return delay <= longest_wait_here && lot.here < lot.most_here ? Parking::here : Parking::moved;
}

}  // namespace ductape::inline v0::policy
