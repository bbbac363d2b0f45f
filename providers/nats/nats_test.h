// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "providers/nats/provider.h"
#include "tests/support/nats_server.h"

namespace ductape::inline v0::nats::test {

using namespace std::chrono_literals;

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

/// The broker of a config, which must be one that can be opened.
class Broker {
 public:
  explicit Broker(driver::Config config) {
    auto opened = Provider().open({.config = std::move(config)}, runtime_);
    if (!opened) ADD_FAILURE() << opened.error().message;
    connection_ = std::move(opened).value();
  }
  driver::Connection* operator->() const { return connection_.get(); }
  driver::Runtime& runtime() { return runtime_; }

  template <class T>
  Result<T> wait(const std::function<void(driver::Done<T>)>& call) {
    auto told = std::make_shared<std::promise<Result<T>>>();
    auto answer = told->get_future();
    call([told](Result<T> result) { told->set_value(std::move(result)); });
    if (answer.wait_for(30s) != std::future_status::ready)
      return Error{.code = Errc::internal, .message = "no answer within 30 s"};
    return answer.get();
  }
  Result<driver::Probe> probe(driver::Millis within = 10s) {
    return wait<driver::Probe>([&](auto done) { connection_->probe(runtime_.now() + within, std::move(done)); });
  }

 private:
  TestRuntime runtime_;
  std::unique_ptr<driver::Connection> connection_;
};

inline std::string url(std::uint16_t port, const std::string& scheme = "nats", const std::string& host = "127.0.0.1") {
  return scheme + "://" + host + ":" + std::to_string(port);
}

/// Until it holds, or 20 s have passed.
inline bool eventually(const std::function<bool()>& holds) {
  for (const auto end = driver::Clock::now() + 20s; driver::Clock::now() < end; std::this_thread::sleep_for(10ms))
    if (holds()) return true;
  return false;
}

}  // namespace ductape::inline v0::nats::test
