// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ductape/client.hpp>

#include "apps/ductape/console.h"
#include "apps/ductape/delivery_line.h"
#include "apps/ductape/wake_up.h"

namespace ductape::cli {

/// What became of a delivery.
struct Outcome {
  /// `keep`: it had no outcome, so it is held until the subscription was closed and comes again, uncounted.
  enum Kind : std::uint8_t { ack, retry, dead_letter, keep } kind = ack;
  std::string error = {};
  std::optional<Error> failure = {};  ///< with `keep`: why the run cannot go on
};

/// What `subscribe` does with a delivery; called from several threads at once.
using Work = std::function<Outcome(const Context&)>;

/// Writes a delivery's line; one that could not be written is kept.
[[nodiscard]] Work printing(Console& console, DeliveryForm form);

/// The handler of `subscribe`: does the work, then settles, and counts. Thread-safe. Outlives its client.
class Subscriber {
 public:
  using Clock = std::chrono::steady_clock;

  /// Rings `wake_up` when the run cannot go on.
  Subscriber(Console& console, Work work, WakeUp& wake_up)
      : console_(console), work_(std::move(work)), wake_up_(wake_up) {}

  void handle(Delivery delivery);

  /// Why the run cannot go on, once it cannot.
  [[nodiscard]] std::optional<Error> failure() const;
  /// Outcomes that the provider answered.
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  /// When the last of them came; if something is under way, now.
  [[nodiscard]] Clock::time_point last_activity() const noexcept;
  /// Begins to count idle time.
  void begin() noexcept { last_outcome_ = Clock::now().time_since_epoch(); }
  /// Whether nothing is under way but what is kept.
  [[nodiscard]] bool quiet() const;
  /// Lets go of what is kept; only after the subscription was closed.
  void drop();

 private:
  struct UnderWay;
  void keep(Delivery delivery, std::optional<Error> failure);

  Console& console_;
  const Work work_;
  WakeUp& wake_up_;
  std::atomic<std::uint64_t> settled_ = 0, under_way_ = 0;
  std::atomic<Clock::duration> last_outcome_ = Clock::now().time_since_epoch();
  mutable std::mutex mutex_;
  std::vector<Delivery> kept_;    // guarded by mutex_
  std::optional<Error> failure_;  // guarded by mutex_
};

}  // namespace ductape::cli
