// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include <ductape/client.hpp>

#include "apps/ductape/console.h"
#include "apps/ductape/delivery_line.h"
#include "apps/ductape/wake_up.h"

namespace ductape::cli {

/// The handler of `subscribe`: writes a delivery's line, then acks it. A delivery whose line could not be written is
/// kept without an outcome, so that it comes again. Thread-safe.
class Subscriber {
 public:
  using Clock = std::chrono::steady_clock;

  /// Rings `wake_up` when a line could not be written.
  Subscriber(Console& console, DeliveryForm form, WakeUp& wake_up)
      : console_(console), form_(form), wake_up_(wake_up) {}

  void handle(Delivery delivery);

  /// Outcomes that the provider answered.
  [[nodiscard]] std::uint64_t settled() const noexcept { return settled_; }
  /// When the last of them came; if something is under way, now.
  [[nodiscard]] Clock::time_point last_activity() const noexcept;
  /// Begins to count idle time.
  void begin() noexcept { last_outcome_ = Clock::now().time_since_epoch(); }
  /// Whether nothing is under way but what could not be written.
  [[nodiscard]] bool quiet() const;
  /// Lets go of what could not be written; only after the subscription was closed.
  void drop();

 private:
  void on_settled(const Message& message, const Result<void>& result);

  Console& console_;
  const DeliveryForm form_;
  WakeUp& wake_up_;
  std::atomic<std::uint64_t> settled_ = 0, under_way_ = 0;
  std::atomic<Clock::duration> last_outcome_ = Clock::now().time_since_epoch();
  mutable std::mutex mutex_;
  std::vector<Delivery> unwritten_;  // guarded by mutex_
};

}  // namespace ductape::cli
