// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <ductape/driver/runtime.hpp>
#include <map>
#include <mutex>
#include <thread>

namespace ductape::inline v0::support {

/// One thread that runs tasks and timers. Its time is the machine's, and what it is moved ahead.
class TestRuntime final : public driver::Runtime {
 public:
  TestRuntime() : thread_([this] { run(); }) {}
  ~TestRuntime() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  [[nodiscard]] driver::Deadline now() const override { return driver::Clock::now() + ahead_.load(); }
  [[nodiscard]] driver::WallTime wall() const override { return std::chrono::system_clock::now() + ahead_.load(); }
  void advance(driver::Millis by) {
    const std::lock_guard lock(mutex_);
    ahead_ = ahead_.load() + by;
    changed_.notify_one();
  }
  void post(std::function<void()> task) override { at({}, std::move(task)); }
  Timer at(driver::Deadline when, std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    timers_.emplace(std::pair(when, ++last_), std::move(task));
    changed_.notify_one();
    return last_;
  }
  void cancel(Timer timer) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (timers_.empty()) {
        changed_.wait(lock);
      } else if (const auto when = timers_.begin()->first.first; when > now()) {
        changed_.wait_until(lock, when - ahead_.load());
      } else {
        const auto task = std::move(timers_.extract(timers_.begin()).mapped());
        lock.unlock();
        task();
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<driver::Deadline, Timer>, std::function<void()>> timers_;
  Timer last_ = 0;
  std::atomic<driver::Millis> ahead_ = driver::Millis(0);
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ductape::inline v0::support
