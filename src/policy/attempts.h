// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "src/policy/backoff.h"

namespace ductape::inline v0::policy {

/// How often a group tries a message before it is dead-lettered.
struct Attempts {
  std::uint32_t max_attempts = 5;
  Backoff backoff = {};
};

struct AfterFailure {
  enum Kind : std::uint8_t { retry, dead_letter } kind = retry;
  Millis delay{0};  ///< until the retry
};

/// `failures` includes the one that just happened. `asked` is the delay that the handler asked for, which stands as it
/// is, whatever the back-off's bounds; it does not buy another attempt.
[[nodiscard]] inline AfterFailure after_failure(const Attempts& attempts, std::uint32_t failures,
                                                std::optional<Millis> asked, double unit) {
  if (failures >= attempts.max_attempts) return {AfterFailure::dead_letter, Millis{0}};
  return {AfterFailure::retry, asked ? std::max(*asked, Millis{0}) : backoff_delay(attempts.backoff, failures, unit)};
}

}  // namespace ductape::inline v0::policy
