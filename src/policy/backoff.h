// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// Exponential back-off between two bounds, 0 <= min <= max.
struct Backoff {
  Millis min{1'000};
  Millis max{300'000};
};

/// min * 2^doublings, at most max. Any number of doublings.
[[nodiscard]] Millis doubled(const Backoff& backoff, std::uint32_t doublings);

/// How long to wait after the `failures`-th failure in a row (1 or more): doubled from min to max, times 0.8 to 1.2 by
/// `unit` in [0, 1), kept within min and max.
[[nodiscard]] Millis backoff_delay(const Backoff& backoff, std::uint32_t failures, double unit);

}  // namespace ductape::inline v0::policy
