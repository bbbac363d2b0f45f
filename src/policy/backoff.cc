// SPDX-License-Identifier: Apache-2.0
#include "src/policy/backoff.h"

#include <algorithm>

namespace ductape::inline v0::policy {

Millis doubled(const Backoff& backoff, std::uint32_t doublings) {
  // Shifting the bound down instead of the delay up: nothing overflows.
  if (doublings >= 63 || backoff.min.count() > backoff.max.count() >> doublings) return backoff.max;
  return Millis{backoff.min.count() << doublings};
}

Millis backoff_delay(const Backoff& backoff, std::uint32_t failures, double unit) {
  const Millis base = doubled(backoff, failures == 0 ? 0 : failures - 1);
  const double jittered = static_cast<double>(base.count()) * (0.8 + 0.4 * unit);
  if (jittered >= static_cast<double>(backoff.max.count())) return backoff.max;  // also what does not fit the integer
  return std::max(backoff.min, Millis{static_cast<Millis::rep>(jittered)});
}

}  // namespace ductape::inline v0::policy
