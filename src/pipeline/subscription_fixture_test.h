// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/pipeline/subscription_core.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/manual_runtime.h"
#include "tests/support/scripted_driver.h"

namespace ductape::inline v0::detail {

using namespace std::chrono_literals;
class FakeProvider final : public driver::Provider {
 public:
  std::string_view name() const override { return "scripted"; }
  driver::Capabilities capabilities() const override { return can; }
  std::span<const driver::Field> fields() const override { return {}; }
  Result<std::unique_ptr<driver::Connection>> open(const driver::Options&, driver::Runtime&) const override {
    auto connection = std::make_unique<support::ScriptedConnection>();
    last = connection.get();
    return std::unique_ptr<driver::Connection>(std::move(connection));
  }
  driver::Capabilities can = support::scripted_capabilities();
  mutable support::ScriptedConnection* last = nullptr;
};

/// A subscription over a driver that does what the test says, at a time that the test moves.
class SubscriptionFixture : public testing::Test {
 protected:
  void start(std::function<void(Delivery)> handler, bool ordered = false, std::uint64_t limit = 0,
             std::uint32_t concurrency = 4) {
    connection = pipeline::BrokerConnection::open(provider, {}, runtime, runtime, {}).value();
    auto route = std::make_shared<pipeline::Route>();
    route->event = "orders:new";
    route->provider = "scripted";
    route->ordered = ordered;
    route->capabilities = provider.capabilities();
    route->connection = connection.get();
    route->address.native = "new";
    core = std::make_shared<SubscriptionCore>(
        pipeline::SubscriptionPlan{
            .place = {.route = route, .retry = {.native = "new"}, .dead_letter = {.native = "dead"}},
            .group = {.name = "g", .retry = {.max_attempts = 3, .backoff_min = 1s, .backoff_max = 10s, .dedup = 1h}},
            .concurrency = concurrency,
            .max_bytes = 1 << 20,
            .lease = 30s,
            .handler_timeout = timeout,
            .max_parked = max_parked,
            .limit = limit,
            .handler = std::move(handler),
            .handled_ids = handled_ids,
            .notice = [this](const Notice& notice) { notices.push_back(notice.kind); }},
        runtime, [](SubscriptionCore&) {});
    core->start();
  }
  driver::Millis timeout{0};
  std::uint32_t max_parked = 256;
  model::HandledIds* handled_ids = nullptr;
  support::ScriptedConnection::Consuming& session() { return *provider.last->consuming; }

  /// Closes from another thread while this one plays driver and runtime.
  Result<void> close(driver::Millis patience = 10s) {
    std::optional<Result<void>> result;
    core->stop_taking();  // here, so that the thread below only waits and stops
    std::atomic<bool> done = false;
    std::thread closer([&] {
      result = core->close(patience);
      done = true;
    });
    while (!session().stopped) {
      session().answer();
      runtime.run();
      if (patience == 0s) runtime.advance(1ms);
      std::this_thread::yield();
    }
    session().answer();
    session().sink.ended({});
    while (!done) runtime.run(), std::this_thread::yield();
    closer.join();
    runtime.run();
    return *result;
  }
  void TearDown() override {
    if (core && !core->ended()) (void)close(0s);
    kept.clear();
    runtime.run();
  }

  support::ManualRuntime runtime;
  FakeProvider provider;
  std::shared_ptr<pipeline::BrokerConnection> connection;
  std::shared_ptr<SubscriptionCore> core;
  std::vector<Delivery> kept;
  std::vector<std::string> seen;
  std::vector<Notice::Kind> notices;
};

}  // namespace ductape::inline v0::detail
