// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <thread>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::memory {

/// A runtime with one thread and a clock that stands still until `advance`. Tasks run in the order in which they were
/// posted, timers in the order of their times, so that a program that is driven from one thread runs the same way each
/// time. Thread-safe. What is still queued when it is destroyed does not run.
class VirtualRuntime final : public driver::Runtime {
 public:
  VirtualRuntime();
  ~VirtualRuntime() override;
  VirtualRuntime(const VirtualRuntime&) = delete;
  VirtualRuntime& operator=(const VirtualRuntime&) = delete;

  [[nodiscard]] driver::Deadline now() const override;
  /// Starts at 2026-01-01T00:00:00Z and moves with `now`.
  [[nodiscard]] driver::WallTime wall() const override;
  void post(std::function<void()> task) override;
  Timer at(driver::Deadline when, std::function<void()> task) override;
  void cancel(Timer timer) override;

  /// The virtual time since construction.
  [[nodiscard]] driver::Millis elapsed() const;
  /// Blocks until no task is queued or running and no timer is due. Not from a task.
  void run_until_idle();
  /// Waits until idle, then moves the clock to each timer up to `by` from now and lets it run at its own time; idle at
  /// the end. Not from a task.
  void advance(driver::Millis by);

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace ductape::inline v0::memory
