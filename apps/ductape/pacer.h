// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace ductape::cli {

/// Keeps a stream to so many messages a second. After a stall it does not catch up by more than ten milliseconds'
/// worth. Pure: the caller brings the time.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pacer(double per_second)
      : interval_(std::max<Clock::duration>(
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second)),
            Clock::duration(1))) {}

  /// How long the next message must wait; zero if it may go.
  [[nodiscard]] Clock::duration wait(Clock::time_point now) const {
    return std::max(due_ - now - slack, Clock::duration::zero());
  }
  /// A message went.
  void sent(Clock::time_point now) { due_ = std::max(due_, now) + interval_; }

 private:
  static constexpr Clock::duration slack = std::chrono::milliseconds(10);
  Clock::duration interval_;
  Clock::time_point due_ = {};
};

}  // namespace ductape::cli
