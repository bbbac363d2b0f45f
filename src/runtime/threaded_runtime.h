// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::runtime {

/// Real time, a pool of workers and one timer thread; each thread starts when it is first needed. Thread-safe.
class ThreadedRuntime final : public driver::Runtime {
 public:
  ThreadedRuntime();
  /// Runs what was posted, drops timers that are not due, joins.
  ~ThreadedRuntime() override;

  [[nodiscard]] driver::Deadline now() const override { return driver::Clock::now(); }
  [[nodiscard]] driver::WallTime wall() const override { return std::chrono::system_clock::now(); }
  void post(std::function<void()> task) override;
  Timer at(driver::Deadline when, std::function<void()> task) override;
  void cancel(Timer timer) override;

  /// A handler may block its worker, so each slot of a subscription's concurrency may have a worker of its own.
  void reserve(std::ptrdiff_t workers);

 private:
  struct Due {
    driver::Deadline when;
    Timer timer;
    bool operator<(const Due& other) const { return std::pair(when, timer) < std::pair(other.when, other.timer); }
  };
  void work();
  bool leave_to_poster(std::function<void()>& task);
  void keep_time();

  std::mutex mutex_;
  std::condition_variable work_available_, errands_done_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> workers_;
  std::size_t idle_ = 0;
  std::size_t errands_ = 0;  // tasks that those who posted them run
  std::size_t most_workers_;
  bool stopping_ = false;

  std::mutex timer_mutex_;
  std::condition_variable timer_changed_;
  std::map<Due, std::function<void()>> timers_;
  std::map<Timer, driver::Deadline> deadlines_;
  Timer last_timer_ = 0;
  bool timers_stopping_ = false;
  std::thread timekeeper_;
};

}  // namespace ductape::inline v0::runtime
