// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// When to renew the leases of what one source holds: all of it together, every half lease. What arrives between two
/// renewals has a whole lease then, hence never less than half of one at the next, and one timer is enough:
///
///     after deliveries and outcomes:  set the timer to next(now, held > 0), or stop it
///     when it fires:                  if (due(now)) extend everything held; then as above
///
/// Not thread-safe.
class LeaseClock {
 public:
  /// 0: there are no leases, nothing is ever due.
  explicit LeaseClock(Millis lease) : lease_(lease), half_(std::clamp<Millis>(lease / 2, Millis{1}, longest)) {}

  /// The time of the next renewal; null when nothing is held. Does not move while something is.
  std::optional<TimePoint> next(TimePoint now, bool anything_held) {
    if (!anything_held || lease_ <= Millis{0}) {
      next_.reset();
    } else if (!next_) {
      next_ = now + half_;
    }
    return next_;
  }

  /// True, once, when everything held has to be renewed now.
  [[nodiscard]] bool due(TimePoint now) {
    if (!next_ || now < *next_) return false;
    next_ = now + half_;  // from now, not from when it should have been: a late renewal gives a whole lease too
    return true;
  }

  /// What to renew it by.
  Millis lease() const { return lease_; }

 private:
  // A lease without end would overflow a time point; to renew it once a day costs nothing.
  static constexpr Millis longest = std::chrono::hours{24};

  const Millis lease_;
  const Millis half_;
  std::optional<TimePoint> next_;
};

}  // namespace ductape::inline v0::policy
