// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace ductape::inline v0::policy {

/// What to do with a message that was handed out before and came back without an outcome: most likely the process died
/// with it, and perhaps of it.
enum class Suspicion : std::uint8_t {
  none,
  alone,   ///< to be handled with nothing beside it, so that a crash counts for one message only
  killer,  ///< to the dead letters instead of to a handler
};

/// Hand-outs since the last outcome, this one included: the provider's count less those that ended as failed attempts.
/// 1 where the provider does not count.
[[nodiscard]] inline std::uint32_t hand_outs(std::optional<std::uint32_t> deliveries, std::uint32_t failures) {
  return deliveries && *deliveries > failures ? *deliveries - failures : 1;
}

[[nodiscard]] inline Suspicion suspicion(std::uint32_t hand_outs, std::uint32_t max_deliveries) {
  constexpr std::uint32_t third = 3;
  if (hand_outs > max_deliveries) return Suspicion::killer;
  return hand_outs >= third ? Suspicion::alone : Suspicion::none;
}

}  // namespace ductape::inline v0::policy
