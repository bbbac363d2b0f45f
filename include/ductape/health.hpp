// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ductape::inline v0 {

enum class HealthState : std::uint8_t { green, degraded, red };

/// How one thing is and, unless it is green, what is wrong with it.
struct HealthItem {
  std::string what = {};  ///< "broker orders in prd (kafka)", "group billing of orders:new-orders"
  HealthState state = HealthState::green;
  std::string reason = {};  ///< what is wrong and the knob to turn; empty if nothing is
  /// When a fetch or a probe last came back.
  std::optional<std::chrono::steady_clock::time_point> last_answer = {};
};

/// Made of completed fetches and confirmed probes, not of open sockets.
struct Health {
  HealthState state = HealthState::green;  ///< the worst of all items
  std::vector<HealthItem> items = {};
};

}  // namespace ductape::inline v0
