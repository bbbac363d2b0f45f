// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "providers/nats/provider.h"
#include "tests/support/nats_server.h"
#include "tests/support/test_runtime.h"

namespace ductape::inline v0::nats::test {

using namespace std::chrono_literals;

using support::TestRuntime;

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

inline const driver::TopicSpec spec{.product = "shop", .env = "dev", .broker = "orders", .topic = "new"};

/// What a session of each kind tells.
class Told final : public driver::ConsumeSink, public driver::PublishSink {
 public:
  struct Got {
    driver::Tag tag;
    std::string id, body;
    std::uint32_t failures;
  };
  void delivered(std::span<driver::Delivered> messages) override {
    const std::lock_guard lock(mutex_);
    for (const auto& one : messages)
      got_.push_back({one.tag, std::string(one.id),
                      std::string(reinterpret_cast<const char*>(one.body.data()), one.body.size()), one.failures});
  }
  void settled(std::span<const driver::Settled> outcomes) override {
    for (const auto& one : outcomes)
      ++(one.error.code == Errc::lost ? settled_lost_ : one.error ? unsettled_ : settled_);
  }
  void revoking(std::span<const std::uint32_t>, driver::Deadline) override {}
  void lost(std::span<const driver::Tag> tags, Error) override { lost_ += static_cast<int>(tags.size()); }
  void alive(driver::Deadline when) override { alive_at_ = when, alive_ = true; }
  void gap(std::uint32_t, std::uint64_t messages) override { gap_ += static_cast<int>(messages); }
  void sent(std::span<const driver::Sent> outcomes) override {
    const std::lock_guard lock(mutex_);
    for (const auto& one : outcomes) {
      one.error ? ++refused_ : ++sent_;
      if (one.error) last_refusal_ = one.error;
    }
  }
  void writable() override {}
  void ended(Error why) override {
    {
      const std::lock_guard lock(mutex_);
      why_ = std::move(why);
    }
    ended_ = true;
  }

  std::vector<Got> got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }
  Error last_refusal() {
    const std::lock_guard lock(mutex_);
    return last_refusal_;
  }
  Error why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  std::atomic<bool> alive_ = false, ended_ = false;
  std::atomic<driver::Deadline> alive_at_ = driver::Deadline();
  std::atomic<int> sent_ = 0, refused_ = 0, settled_ = 0, settled_lost_ = 0, unsettled_ = 0, lost_ = 0, gap_ = 0;

 private:
  std::mutex mutex_;
  std::vector<Got> got_;
  Error last_refusal_, why_;
};

}  // namespace ductape::inline v0::nats::test
