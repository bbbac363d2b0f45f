// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <ductape/driver/runtime.hpp>
#include <map>
#include <mutex>
#include <thread>

namespace ductape::inline v0::support {

/// One thread, real time.
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
  [[nodiscard]] driver::Deadline now() const override { return driver::Clock::now(); }
  [[nodiscard]] driver::WallTime wall() const override { return std::chrono::system_clock::now(); }
  void post(std::function<void()> task) override { at({}, std::move(task)); }
  Timer at(driver::Deadline when, std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.emplace(std::pair(when, ++last_), std::move(task));
    changed_.notify_one();
    return last_;
  }
  void cancel(Timer timer) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(tasks_, [&](const auto& entry) { return entry.first.second == timer; });
  }

 private:
  void run() {
    for (std::unique_lock lock(mutex_); !stopping_;) {
      if (tasks_.empty()) {
        changed_.wait(lock);
      } else if (const auto when = tasks_.begin()->first.first; when > now()) {
        changed_.wait_until(lock, when);
      } else {
        const auto task = std::move(tasks_.extract(tasks_.begin()).mapped());
        lock.unlock();
        task();
        lock.lock();
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<driver::Deadline, Timer>, std::function<void()>> tasks_;
  Timer last_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ductape::inline v0::support
