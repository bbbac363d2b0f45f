// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ductape::inline v0::policy {

/// How many deliveries to hold, so that workers do not starve between two fetches and nothing sits long in memory: as
/// many as the slots can start within 20 ms, by the moving average of run times; never fewer than the slots. Not
/// thread-safe.
class FetchWindow {
 public:
  /// Starts at `concurrency`; `most` bounds the growth, not the concurrency.
  explicit FetchWindow(std::uint32_t concurrency, std::uint32_t most = 4096)
      : slots_(std::max(concurrency, 1U)), most_(std::max(slots_, std::int64_t{most})) {}

  /// `count` messages were handled in `run_time` together, one after the other in one slot.
  void finished(std::chrono::nanoseconds run_time, std::size_t count = 1) {
    if (count == 0) return;
    const std::int64_t weight = static_cast<std::int64_t>(std::min<std::size_t>(count, samples));
    const std::int64_t each = run_time.count() / static_cast<std::int64_t>(count);
    // A run longer than the horizon asks for the smallest window however long it was; bounded so that a single slow one
    // among many does not take the window away from the others.
    average_ += (std::clamp<std::int64_t>(each, 0, 2 * horizon) - average_) * weight / samples;
  }

  std::size_t messages() const {
    const std::int64_t startable = slots_ * horizon / std::max<std::int64_t>(average_, 1);
    return static_cast<std::size_t>(std::clamp(startable, slots_, most_));
  }

 private:
  static constexpr std::int64_t horizon = 20'000'000;  // ns
  static constexpr std::int64_t samples = 16;          // that the average remembers

  std::int64_t slots_;
  std::int64_t most_;
  std::int64_t average_ = horizon;  // ns; a slot that starts one in the horizon needs one message
};

}  // namespace ductape::inline v0::policy
