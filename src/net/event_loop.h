// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace ductape::inline v0::net {

/// The thread that serves the sockets which are ours. What runs on it must not block. Thread-safe.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  /// The process's own; its thread starts with the first use and ends with the process.
  static EventLoop& shared();

  void post(std::function<void()> task);
  /// Returns when all that was posted before has run. Not from the loop's own thread.
  void flush();
  [[nodiscard]] bool is_here() const;
  [[nodiscard]] boost::asio::io_context& context();

 private:
  EventLoop();
  ~EventLoop() = delete;
  struct State;
  State* const state_;
};

/// Runs one task at a time, later. Used on the loop's thread only; one that goes takes its task with it.
class LoopTimer {
 public:
  explicit LoopTimer(EventLoop& loop);
  ~LoopTimer();
  void at(EventLoop::Clock::time_point when, std::function<void()> task);
  void cancel();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace ductape::inline v0::net
