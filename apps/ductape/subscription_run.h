// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <ductape/client.hpp>

#include "apps/ductape/exec_handler.h"
#include "apps/ductape/stop_signals.h"
#include "apps/ductape/subscriber.h"
#include "apps/ductape/wake_up.h"

namespace ductape::cli {

/// A subscription's whole life on a thread of its own, as both making it and waiting for its end block.
class SubscriptionRun {
 public:
  /// All of these outlive it. Rings `wake_up` when the subscription is made or refused, and when it has ended.
  SubscriptionRun(Client& client, std::string event, SubscribeOptions options, Subscriber& subscriber, WakeUp& wake_up);
  ~SubscriptionRun() { join(); }

  /// Null until it is made or refused.
  std::shared_ptr<Result<Subscription>> made();
  std::optional<Result<void>> ended();
  void join();

 private:
  std::mutex mutex_;
  std::shared_ptr<Result<Subscription>> made_;  // guarded by mutex_
  std::optional<Result<void>> ended_;           // guarded by mutex_
  std::thread thread_;
};

/// Waits for whichever reason to stop comes first.
class Vigil {
 public:
  enum class Why : std::uint8_t { ended, signal, timeout, idle, broken };
  struct Limits {
    std::optional<std::chrono::milliseconds> timeout = {}, idle = {};
  };

  Vigil(StopSignals& signals, WakeUp& wake_up) : signals_(signals), wake_up_(wake_up) {}

  /// Until the subscription is made or refused; false if a signal came first.
  bool until_made(SubscriptionRun& run);
  /// `parked` says whether a message waits for its next attempt: that is not idle.
  Why until_over(SubscriptionRun& run, const Subscriber& subscriber, const Limits& limits,
                 const std::function<bool()>& parked);

 private:
  using Clock = std::chrono::steady_clock;
  bool sleep(Clock::time_point until);

  StopSignals& signals_;
  WakeUp& wake_up_;
};

/// Closes by `close` (of a subscription or a client). Handlers of `--exec` (null without) that outlive the deadline are
/// ended before their messages are given back, so that none runs beside its successor: `timed_out`.
Result<void> close_in_time(const std::function<Result<void>(std::chrono::milliseconds)>& close,
                           std::chrono::milliseconds deadline, ExecHandler* handlers, const Subscriber& subscriber);

}  // namespace ductape::cli
