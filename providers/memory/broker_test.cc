// SPDX-License-Identifier: Apache-2.0
#include <ductape/testing/broker.hpp>

#include <gtest/gtest.h>

namespace ductape::inline v0::testing {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

class BrokerTest : public ::testing::Test {
 protected:
  BrokerTest() { broker_.declare("shop", "orders:new"), broker_.declare("shop", "orders:by-key", true); }
  ~BrokerTest() override {
    subscription_.reset();
    (void)client_.close(0ms);
  }

  // Handlers run on the broker's thread, the test reads when it is idle.
  void listen(SubscribeOptions options = {}, const std::string& event = "orders:new") {
    if (options.group.empty()) options.group = "g";
    subscription_.emplace(client_
                              .subscribe({.event = event}, std::move(options),
                                         [this](const Message& message, const Context& context) {
                                           seen_.push_back(std::string(message.text()) + "/" +
                                                           std::to_string(context.attempt()));
                                           if (fail_ > 0 && fail_-- > 0) throw std::runtime_error("no");
                                         })
                              .value());
  }
  Result<Receipt> publish(std::string body, PublishOptions options = {}) {
    return client_
        .publish({.event = options.key.empty() ? "orders:new" : "orders:by-key", .message = std::move(body)},
                 std::move(options))
        .get();
  }
  const Lines& seen() {
    broker_.run_until_idle();
    return seen_;
  }

  Broker broker_;
  Client client_ = broker_.client({.product = "shop"});
  std::optional<Subscription> subscription_;
  Lines seen_;
  int fail_ = 0;
};

TEST_F(BrokerTest, ThePublicExampleRuns) {
  listen();
  const auto receipt = publish("{}").value();
  EXPECT_EQ(receipt.provider, "memory");
  EXPECT_EQ(seen(), Lines{"{}/1"});
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), Lines{"{}"});
  EXPECT_EQ(broker_.now(), 0ms);
}

TEST_F(BrokerTest, ATopicThatNobodyDeclaredIsNotFound) {
  EXPECT_EQ(std::string(client_.publish({.event = "orders:nothing"}).get().error().name()), "TOPIC_NOT_FOUND");
  EXPECT_THROW(broker_.declare("shop", "no-topic"), Exception);
  EXPECT_THROW(broker_.declare("Shop", "orders:new"), Exception);
}

TEST_F(BrokerTest, TheClockMovesARetryAndNothingElseDoes) {
  fail_ = 1;
  listen({.retry = {.backoff_min = 1s, .backoff_max = 1s}});
  publish("m").value();
  EXPECT_EQ(seen(), Lines{"m/1"});
  broker_.advance(799ms);
  EXPECT_EQ(seen_, Lines{"m/1"}) << "the back-off is 1 s less 20 % at least";
  broker_.advance(1s);
  EXPECT_EQ(seen_, (Lines{"m/1", "m/2"}));
  EXPECT_EQ(broker_.now(), 1799ms);
}

TEST_F(BrokerTest, DuplicatesReachTheHandler) {
  broker_.duplicate_deliveries(2);
  listen();
  for (const auto* body : {"a", "b", "c", "d"}) {
    publish(body).value();
    broker_.run_until_idle();
  }
  EXPECT_EQ(seen_, (Lines{"a/1", "b/1", "b/1", "c/1", "d/1", "d/1"}));
}

TEST_F(BrokerTest, DelayedDeliveriesWaitForTheClock) {
  broker_.delay_deliveries(10s);
  listen();
  publish("m").value();
  EXPECT_EQ(seen(), Lines{});
  broker_.advance(9999ms);
  EXPECT_EQ(seen_, Lines{});
  broker_.advance(1ms);
  EXPECT_EQ(seen_, Lines{"m/1"});
}

TEST_F(BrokerTest, NeighboursSwap) {
  client_.groups().create({.event = "orders:new", .group = "g"}).value();
  for (const auto* body : {"a", "b", "c"}) publish(body).value();
  broker_.reorder_deliveries(true);
  listen();
  EXPECT_EQ(seen(), (Lines{"b/1", "a/1", "c/1"}));
}

TEST_F(BrokerTest, ALostReceiptIsSentAgainUnderItsId) {
  listen();
  broker_.lose_receipts(1);
  auto future = client_.publish({.event = "orders:new", .message = "m"});
  broker_.advance(10s);
  const auto receipt = future.get().value();
  EXPECT_EQ(receipt.sends, 2u);
  EXPECT_TRUE(receipt.deduplicated);
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), Lines{"m"});
  EXPECT_EQ(seen(), Lines{"m/1"});
}

TEST_F(BrokerTest, ALostReceiptMayBeReported) {
  broker_.lose_receipts(1);
  auto future =
      client_.publish({.event = "orders:new", .message = "m"}, {.on_unknown = PublishOptions::OnUnknown::report});
  broker_.advance(10s);
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown);
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), Lines{"m"});
}

TEST_F(BrokerTest, ARefusalThatMayPassIsTriedAgain) {
  broker_.refuse_publishes(2, Errc::throttled);
  auto future = client_.publish({.event = "orders:new", .message = "m"});
  broker_.advance(30s);
  EXPECT_EQ(future.get().value().sends, 3u);
}

TEST_F(BrokerTest, ARefusalThatWillNotPassIsTheResult) {
  broker_.refuse_publishes(1, Errc::permission_denied);
  EXPECT_EQ(publish("m").error().code, Errc::permission_denied);
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), Lines{});
}

TEST_F(BrokerTest, AFrozenBrokerMeetsTheDeadline) {
  publish("first").value();
  broker_.freeze(true);
  auto future = client_.publish({.event = "orders:new", .message = "m"}, {.deadline = 5s});
  broker_.advance(4999ms);
  EXPECT_FALSE(future.ready());
  broker_.advance(1ms);
  EXPECT_EQ(future.get().error().code, Errc::outcome_unknown) << "it had been handed over";
  broker_.freeze(false);
  broker_.run_until_idle();
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), (Lines{"first", "m"}));
}

TEST_F(BrokerTest, ACutIsHealed) {
  listen();
  publish("a").value();
  EXPECT_EQ(seen(), Lines{"a/1"});
  broker_.cut();
  auto future = client_.publish({.event = "orders:new", .message = "b"});
  broker_.advance(30s);
  EXPECT_TRUE(future.get().ok());
  EXPECT_EQ(seen(), (Lines{"a/1", "b/1"}));
  EXPECT_EQ(subscription_->stats().reconnects, 1u);
}

TEST_F(BrokerTest, ALeaseThatIsHeldIsRenewed) {
  std::vector<Delivery> kept;
  auto subscription = client_
                          .subscribe({.event = "orders:new"}, {.group = "g", .lease = 2s},
                                     [&](Delivery delivery) { kept.push_back(std::move(delivery)); })
                          .value();
  publish("m").value();
  broker_.advance(60s);
  ASSERT_EQ(kept.size(), 1u) << "thirty times its lease, one delivery";
  Result<void> acked = Error{.code = Errc::internal};
  std::move(kept[0]).ack([&](Result<void> result) { acked = std::move(result); });
  broker_.run_until_idle();
  EXPECT_TRUE(acked.ok());
}

TEST_F(BrokerTest, ALeaseThatEndedIsLost) {
  std::vector<Delivery> kept;
  auto subscription = client_
                          .subscribe({.event = "orders:new"}, {.group = "g"},
                                     [&](Delivery delivery) { kept.push_back(std::move(delivery)); })
                          .value();
  publish("m").value();
  broker_.run_until_idle();
  broker_.expire_leases();
  broker_.run_until_idle();
  ASSERT_EQ(kept.size(), 2u) << "it comes again";
  std::vector<Errc> codes;
  for (auto& delivery : kept)
    std::move(delivery).ack([&](Result<void> result) { codes.push_back(result ? Errc::ok : result.error().code); });
  broker_.run_until_idle();
  EXPECT_EQ(codes, (std::vector<Errc>{Errc::lost, Errc::ok}));
}

TEST_F(BrokerTest, WhatIsOvertakenIsReported) {
  client_.groups().create({.event = "orders:new", .group = "g"}).value();
  for (const auto* body : {"a", "b", "c"}) publish(body).value();
  broker_.overtake("shop", "dev", "orders:new", 2);
  broker_.overtake("shop", "dev", "orders:none", 2);
  listen();
  EXPECT_EQ(seen(), Lines{"c/1"});
  EXPECT_EQ(subscription_->stats().gap, 2u);
  EXPECT_EQ(broker_.stored("shop", "dev", "orders:new"), Lines{"c"});
}

TEST_F(BrokerTest, ClientsShareTheRegistryAndTheMessages) {
  auto other = broker_.client({.product = "shop", .env = "prd"});
  listen();
  EXPECT_TRUE(other.publish({.event = "orders:new", .message = "there"}).get().ok());
  EXPECT_TRUE(other.publish({.event = "orders:new", .message = "here", .env = "dev"}).get().ok());
  EXPECT_EQ(seen(), Lines{"here/1"});
  EXPECT_EQ(broker_.stored("shop", "prd", "orders:new"), Lines{"there"});
  EXPECT_TRUE(other.close().ok());
}

// What the header promises: a test sees the same run each time.
TEST(BrokerRuns, AreEqual) {
  const auto run = [] {
    Broker broker;
    broker.declare("shop", "orders:by-key", true);
    broker.duplicate_deliveries(3);
    broker.reorder_deliveries(true);
    broker.delay_deliveries(20ms);
    auto client = broker.client({.product = "shop"});
    Lines seen;
    auto subscription =
        client
            .subscribe({.event = "orders:by-key"}, {.group = "g", .concurrency = 3},
                       [&](const Message& message, const Context& context) {
                         seen.push_back(std::string(message.text()) + "@" + std::to_string(broker.now().count()));
                         if (context.attempt() == 1 && seen.size() % 4 == 0) throw Reject("no");
                       })
            .value();
    for (int i = 0; i < 40; ++i) {
      client.publish({.event = "orders:by-key", .message = std::to_string(i)}, {.key = std::to_string(i % 5)})
          .get()
          .value();
      broker.advance(5ms);
    }
    broker.advance(1s);
    EXPECT_TRUE(subscription.close().ok());
    EXPECT_TRUE(client.close().ok());
    return seen;
  };
  const auto first = run();
  EXPECT_GE(first.size(), 40u);
  EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace ductape::inline v0::testing
