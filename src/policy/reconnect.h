// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "src/policy/backoff.h"

namespace ductape::inline v0::policy {

/// When to open the next session after one failed or ended. Full jitter: after a server's restart its clients come back
/// spread over the whole interval. Never gives up. Not thread-safe.
class Reconnect {
 public:
  explicit Reconnect(Backoff backoff = {Millis{50}, Millis{5'000}}) : backoff_(backoff) {}

  /// The delay before the next try: `unit` in [0, 1) of the interval, which doubles with each failure in a row up to
  /// max; at least min.
  [[nodiscard]] Millis failed(double unit) {
    if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
    const double interval = static_cast<double>(doubled(backoff_, failures_).count());
    return std::max(backoff_.min, Millis{static_cast<Millis::rep>(interval * unit)});
  }

  /// A session is known to work.
  void succeeded() { failures_ = 0; }

  /// In a row.
  std::uint32_t failures() const { return failures_; }

 private:
  Backoff backoff_;
  std::uint32_t failures_ = 0;
};

}  // namespace ductape::inline v0::policy
