// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace ductape::inline v0::net {

/// Serves the sockets which are ours. What runs on it runs one at a time, in turns, and must not block. One thread
/// waits for the sockets; when it has an errand (driver::Errand) to run, another is there to take its place.
/// Thread-safe.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  /// Everything that is not in a task of `post` has its turn by one of these.
  class Turn {
   public:
    explicit Turn(EventLoop& loop);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    EventLoop& loop_;
    const EventLoop* const outer_;
  };

  /// The process's own; its threads start with the first use and end with the process.
  static EventLoop& shared();
  /// Another one, for what has to wait in its turns now and then: a library that does TLS by itself.
  static EventLoop& patient();

  void post(std::function<void()> task);
  /// Runs it on this thread if it is nobody's turn; false: it is somebody's, and nothing was done.
  template <class Task>
  bool try_run(Task&& task) {
    if (is_here()) return std::forward<Task>(task)(), true;
    const auto* const outer = here();
    if (!try_begin_turn()) return false;
    std::forward<Task>(task)();
    end_turn(outer);
    return true;
  }
  /// Returns when all that was posted before has run. Not in a turn.
  void flush();
  /// This is a turn of this thread.
  [[nodiscard]] bool is_here() const;
  [[nodiscard]] boost::asio::io_context& context();

 private:
  EventLoop();
  ~EventLoop() = delete;
  [[nodiscard]] static const EventLoop* here();  // whose turn this thread has; a turn of another may lie within it
  [[nodiscard]] bool try_begin_turn();
  void end_turn(const EventLoop* outer);
  struct State;
  State* const state_;
};

/// Runs one task at a time, later. Used in turns only; one that goes takes its task with it.
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
