// SPDX-License-Identifier: Apache-2.0
// Waits that are too long for memory, at a provider that keeps none: the message goes round by the group's own address.
#include <gtest/gtest.h>

#include <future>

#include "providers/memory/modest_test.h"

namespace ductape::inline v0::testing {
namespace {

using namespace std::chrono_literals;

class MovedRetry : public ::testing::Test {
 protected:
  MovedRetry() {
    auto registry = client_.registry();
    registry.create(Product{.tag = "shop"}).value();
    registry.create(ductape::Broker{.product = "shop", .tag = "orders", .envs = {{.slug = "dev", .type = "LOCAL"}}})
        .value();
    registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "new"}).value();
  }
  ~MovedRetry() override {
    subscriptions_.clear();
    (void)client_.close(0ms);
  }
  void listen(std::string group, std::vector<std::string>& seen, std::uint32_t fails, std::uint32_t attempts = 5) {
    const SubscribeOptions options{.group = std::move(group),
                                   .retry = {.max_attempts = attempts, .backoff_min = 15s, .backoff_max = 15s}};
    subscriptions_.push_back(client_
                                 .subscribe({.event = "orders:new"}, options,
                                            [&seen, fails](const Message& message, const Context& context) {
                                              seen.push_back(std::string(message.id()) + "/" +
                                                             std::string(message.text()) + "/" +
                                                             std::to_string(context.attempt()));
                                              if (context.attempt() <= fails) throw std::runtime_error("not yet");
                                            })
                                 .value());
  }
  void publish() {
    client_.publish({.event = "orders:new", .message = "body"}, {.id = "m", .headers = {{"colour", "red"}}})
        .get()
        .value();
    harness_.pass(0ms);
  }

  ModestHarness harness_{[](driver::Capabilities& can) { can.retry_delay_max = 0ms; }};
  Client client_ = harness_.client({.product = "shop", .env = "dev"});
  std::vector<Subscription> subscriptions_;
  std::vector<std::string> seen_, others_;
};

TEST_F(MovedRetry, ComesAtItsTimeToItsGroupAlone) {
  listen("g", seen_, 2), listen("other", others_, 0);
  publish();
  EXPECT_EQ(seen_, std::vector<std::string>{"m/body/1"});
  harness_.pass(14999ms);
  EXPECT_EQ(seen_.size(), 1u);
  harness_.pass(1ms);
  EXPECT_EQ(seen_.size(), 2u);
  harness_.pass(20s);
  EXPECT_EQ(seen_, (std::vector<std::string>{"m/body/1", "m/body/2", "m/body/3"}));
  EXPECT_EQ(others_, std::vector<std::string>{"m/body/1"});
  const auto status = client_.groups().show({.event = "orders:new", .group = "g"}).value();
  EXPECT_EQ(status.done, 1u);
  EXPECT_EQ(status.lag, 0u);
}

TEST_F(MovedRetry, ItsDeadLetterIsTheMessage) {
  listen("g", seen_, 100, 3);
  publish();
  harness_.pass(60s);
  EXPECT_EQ(seen_.size(), 3u);
  auto dead = client_.topic("orders:new").value().dead_letters("g");
  auto listed = std::async(std::launch::async, [&] { return dead.list(); });
  while (listed.wait_for(1ms) != std::future_status::ready) harness_.pass(5ms);
  const auto letters = listed.get().value();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].id, "m");
  EXPECT_EQ(letters[0].attempts, 3u);
  EXPECT_EQ(*letters[0].last_failure - *letters[0].first_failure, 30s);
  ASSERT_EQ(letters[0].headers.size(), 1u);
  EXPECT_EQ(letters[0].headers[0].value, "red");
}

TEST_F(MovedRetry, KeepsItsTimeAndAttemptThroughAClose) {
  listen("g", seen_, 1);
  publish();
  harness_.pass(5s);
  subscriptions_.clear();
  listen("g", seen_, 1);
  harness_.pass(9s);
  EXPECT_EQ(seen_.size(), 1u);
  harness_.pass(1s);
  EXPECT_EQ(seen_, (std::vector<std::string>{"m/body/1", "m/body/2"}));
}

}  // namespace
}  // namespace ductape::inline v0::testing
