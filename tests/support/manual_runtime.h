// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include <ductape/driver/runtime.hpp>
#include <ductape/future.hpp>

namespace ductape::inline v0::support {

/// A runtime without threads: what is posted runs when the test says so, and time stands still until the test moves it.
class ManualRuntime final : public driver::Runtime, public detail::Executor {
 public:
  [[nodiscard]] driver::Deadline now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] driver::WallTime wall() const override {
    return driver::WallTime(std::chrono::duration_cast<driver::WallTime::duration>(now().time_since_epoch()));
  }
  void post(std::function<void()> task) override {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Timer at(driver::Deadline when, std::function<void()> task) override {
    std::lock_guard lock(mutex_);
    timers_.emplace(std::pair(when, ++last_), std::move(task));
    return last_;
  }
  void cancel(Timer timer) override {
    std::lock_guard lock(mutex_);
    std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
  }

  /// Runs all that is due, and what that posts.
  void run() {
    while (auto task = next()) task();
  }
  /// Moves the clock, running each timer at its own time.
  void advance(driver::Millis by) {
    run();
    const auto end = now() + by;
    for (;;) {
      {
        std::lock_guard lock(mutex_);
        if (timers_.empty() || timers_.begin()->first.first > end) {
          now_ = end;
          break;
        }
        now_ = std::max(now_, timers_.begin()->first.first);
      }
      run();
    }
    run();
  }

 private:
  std::function<void()> next() {
    std::lock_guard lock(mutex_);
    if (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      return task;
    }
    if (timers_.empty() || timers_.begin()->first.first > now_) return nullptr;
    auto task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    return task;
  }
  mutable std::mutex mutex_;
  driver::Deadline now_{std::chrono::hours(1000)};
  std::deque<std::function<void()>> tasks_;
  std::map<std::pair<driver::Deadline, Timer>, std::function<void()>> timers_;
  Timer last_ = 0;
};

}  // namespace ductape::inline v0::support
