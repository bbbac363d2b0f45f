// SPDX-License-Identifier: Apache-2.0
// Suspects on a provider that counts what is given back in good order, too.
#include "src/pipeline/journey.h"
#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::detail {
namespace {

using driver::Verdict;
namespace journey = pipeline::journey;

class SubscriptionSuspectsTest : public SubscriptionFixture {
 protected:
  SubscriptionSuspectsTest() { provider.can.counts_clean_return = true; }

  void keep(bool ordered = false) {
    start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, ordered);
  }
  /// It went to the group's private address, and says of itself that it was handed out so often.
  void expect_moved(const driver::Settle& outcome, std::uint64_t hand_outs) {
    EXPECT_EQ(outcome.verdict, Verdict::ack);
    ASSERT_NE(outcome.moved, nullptr);
    EXPECT_EQ(outcome.moved->to->native, "new");
    EXPECT_EQ(pipeline::attribute(outcome.moved->attributes, journey::origin), "suspect");
    EXPECT_EQ(pipeline::number(outcome.moved->attributes, journey::hand_outs), hand_outs);
  }
  /// As it comes back after its third hand-out.
  void move_one(std::uint32_t deliveries) {
    session().deliver(1, "suspect", {}, 0, 3);
    session().deliver_moved(2, *session().settles.at(0).moved, deliveries);
    session().answer();
    runtime.run();
  }
};

TEST_F(SubscriptionSuspectsTest, a_suspect_is_moved_before_it_is_handled) {
  keep();
  session().deliver(1, "suspect", {}, 0, 3);
  runtime.run();
  EXPECT_TRUE(kept.empty());
  ASSERT_EQ(session().settles.size(), 1u);
  expect_moved(session().settles[0], 0);
}

TEST_F(SubscriptionSuspectsTest, many_clean_closes_are_no_proof) {
  keep();
  session().deliver(1, "suspect", {}, 0, 25);
  ASSERT_EQ(session().settles.size(), 1u);
  expect_moved(session().settles[0], 0);
}

TEST_F(SubscriptionSuspectsTest, what_was_moved_is_handled_alone) {
  keep();
  move_one(1);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message().id(), "suspect");
  EXPECT_EQ(kept[0].context().attempt(), 1u);
  session().deliver(3, "beside", {}, 0, 1);
  runtime.run();
  EXPECT_EQ(kept.size(), 1u);
}

TEST_F(SubscriptionSuspectsTest, its_own_hand_outs_make_it_a_killer) {
  keep();
  move_one(21);
  EXPECT_TRUE(kept.empty());
  ASSERT_EQ(session().moved_ids.size(), 2u);
  EXPECT_EQ(session().moved_ids[1], "suspect/g");
}

TEST_F(SubscriptionSuspectsTest, given_back_it_is_moved_again_with_what_is_proven) {
  keep();
  session().deliver(9, "runs");
  runtime.run();
  move_one(5);
  ASSERT_EQ(kept.size(), 1u) << "it waits for what runs";
  core->stop_taking();
  ASSERT_EQ(session().settles.size(), 2u);
  expect_moved(session().settles[1], 4);
}

TEST_F(SubscriptionSuspectsTest, a_handler_that_outlasts_the_close_does_not_count) {
  keep();
  move_one(3);
  ASSERT_EQ(kept.size(), 1u);
  std::atomic<bool> closed = false;
  std::thread closer([&] {
    EXPECT_FALSE(core->close(runtime.now()).ok());
    closed = true;
  });
  while (!session().stopped) runtime.advance(1ms), std::this_thread::yield();
  ASSERT_EQ(session().settles.size(), 2u);
  expect_moved(session().settles[1], 2);
  session().answer();
  session().sink.ended({});
  while (!closed) runtime.run(), std::this_thread::yield();
  closer.join();
}

TEST_F(SubscriptionSuspectsTest, in_order_it_keeps_its_place) {
  keep(true);
  session().deliver(1, "suspect", "k", 0, 3);
  runtime.run();
  EXPECT_EQ(kept.size(), 1u);
}

}  // namespace
}  // namespace ductape::inline v0::detail
