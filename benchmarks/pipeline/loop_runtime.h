// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::benchmarks {

/// One thread that runs what is posted when it is told to; so a run is the same each time. Its clock stands still
/// unless it is to be the real one, so that what happens once a second does not happen by chance.
class LoopRuntime final : public driver::Runtime {
 public:
  explicit LoopRuntime(bool real_clock) : real_clock_(real_clock) {}
  [[nodiscard]] driver::Deadline now() const override {
    return real_clock_ ? driver::Clock::now() : driver::Deadline(std::chrono::hours(1000));
  }
  [[nodiscard]] driver::WallTime wall() const override {
    return real_clock_ ? std::chrono::system_clock::now() : driver::WallTime(std::chrono::hours(480'000));
  }
  void post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Timer at(driver::Deadline, std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    timers_.emplace(++last_, std::move(task));
    return last_;
  }
  void cancel(Timer timer) override {
    const std::lock_guard lock(mutex_);
    timers_.erase(timer);
  }

  /// Runs all that is posted, and what that posts. No timer ever runs.
  void run() {
    for (;;) {
      std::function<void()> task;
      {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

 private:
  const bool real_clock_;
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
  std::map<Timer, std::function<void()>> timers_;
  Timer last_ = 0;
};

}  // namespace ductape::inline v0::benchmarks
