// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_fixture_test.h"
#include "tests/support/handled_ids.h"

namespace ductape::inline v0::detail {
namespace {

using driver::Verdict;

class SubscriptionDedupTest : public SubscriptionFixture {
 protected:
  SubscriptionDedupTest() { handled_ids = window_.get(); }
  void handle() {
    start([&](Delivery delivery) {
      seen.emplace_back(delivery.message().id());
      std::move(delivery).ack();
    });
  }
  void keep() {
    start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  }
  void deliver(driver::Tag tag, const char* id) {
    session().deliver(tag, id);
    runtime.run();
    session().answer();
  }
  Verdict last() { return session().settles.back().verdict; }

  std::unique_ptr<model::HandledIds> window_ = support::handled_ids();
};

TEST_F(SubscriptionDedupTest, the_second_of_an_id_is_acked_unseen) {
  handle();
  deliver(1, "a");
  deliver(2, "a");
  deliver(3, "b");
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(session().settles.size(), 3u);
  EXPECT_EQ(last(), Verdict::ack);
  EXPECT_EQ(core->stats().repeated, 1u);
  EXPECT_EQ(core->stats().delivered, 2u);
}

TEST_F(SubscriptionDedupTest, after_the_window_it_is_a_new_message) {
  handle();
  deliver(1, "a");
  runtime.advance(1h);
  deliver(2, "a");
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(SubscriptionDedupTest, a_failure_does_not_consume_the_id) {
  keep();
  deliver(1, "a");
  std::move(kept.at(0)).retry();
  session().answer();
  deliver(2, "a");
  ASSERT_EQ(kept.size(), 2u);
  std::move(kept.at(1)).ack();
  session().answer();
  deliver(3, "a");
  EXPECT_EQ(kept.size(), 2u);
  EXPECT_EQ(last(), Verdict::ack);
}

TEST_F(SubscriptionDedupTest, two_of_an_id_are_not_handled_side_by_side) {
  keep();
  deliver(1, "a");
  deliver(2, "a");
  runtime.advance(5s);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(session().settles.empty()) << "it waits, and that is no attempt";
  std::move(kept.at(0)).ack();
  session().answer();
  runtime.advance(1s);
  EXPECT_EQ(kept.size(), 1u);
  EXPECT_EQ(session().settles.size(), 2u);
  EXPECT_EQ(core->stats().repeated, 1u);
}

TEST_F(SubscriptionDedupTest, a_handler_that_takes_long_keeps_its_id) {
  keep();
  deliver(1, "a");
  for (int i = 0; i < 100; ++i) {
    session().sink.alive(runtime.now());
    runtime.advance(1s);
  }
  deliver(2, "a");
  EXPECT_EQ(kept.size(), 1u);
}

TEST_F(SubscriptionDedupTest, what_another_member_handled_is_known) {
  handle();
  const auto now = runtime.wall();
  ASSERT_TRUE(window_->handled("//orders:new/g", "a", now, now + 1h));
  deliver(1, "a");
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(core->stats().repeated, 1u);
}

TEST_F(SubscriptionDedupTest, pulling_skips_it_too) {
  start(nullptr);
  const auto now = runtime.wall();
  ASSERT_TRUE(window_->handled("//orders:new/g", "a", now, now + 1h));
  std::optional<Result<std::vector<Delivery>>> taken;
  std::thread caller([&] { taken = core->receive(1, 10s); });
  while (session().window != 1) std::this_thread::yield();
  session().deliver(1, "a");
  while (core->stats().repeated == 0) std::this_thread::yield();
  session().deliver(2, "b");
  caller.join();
  kept = std::move(*taken).value();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message().id(), "b");
}

}  // namespace
}  // namespace ductape::inline v0::detail
