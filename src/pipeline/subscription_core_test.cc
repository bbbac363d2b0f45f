// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::detail {
namespace {

using driver::Verdict;
using SubscriptionCoreTest = SubscriptionFixture;

TEST_F(SubscriptionCoreTest, a_handled_message_is_acked_after_its_handler) {
  start([&](Delivery delivery) {
    seen.emplace_back(delivery.message().id());
    EXPECT_TRUE(session().settles.empty());
    std::move(delivery).ack();
  });
  EXPECT_EQ(session().window, 1u);
  session().deliver(1, "a");
  runtime.run();
  EXPECT_EQ(seen, std::vector<std::string>{"a"});
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::ack);
  EXPECT_EQ(core->stats().acked, 0u);
  session().answer();
  EXPECT_EQ(core->stats().acked, 1u);
}

TEST_F(SubscriptionCoreTest, an_ack_that_the_provider_does_not_honour_is_none) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  session().deliver(1, "a");
  runtime.run();
  session().answer({.code = Errc::lost, .message = "somebody else has it"});
  EXPECT_EQ(core->stats().acked, 0u);
  EXPECT_EQ(core->stats().lost, 1u);
}

TEST_F(SubscriptionCoreTest, outcomes_gather_while_a_batch_is_under_way) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  for (driver::Tag tag = 1; tag <= 4; ++tag) session().deliver(tag, "m");
  runtime.run();
  EXPECT_EQ(session().batches, 1u);
  session().answer();
  EXPECT_EQ(session().batches, 2u);
  EXPECT_EQ(session().settles.size(), 4u);
}

TEST_F(SubscriptionCoreTest, unsettled_deliveries_take_slots_but_no_worker) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  for (driver::Tag tag = 1; tag <= 6; ++tag) session().deliver(tag, "m");
  runtime.run();
  EXPECT_EQ(kept.size(), 4u);
  std::move(kept.front()).ack();
  runtime.run();
  EXPECT_EQ(kept.size(), 5u);
}

TEST_F(SubscriptionCoreTest, one_of_a_key_at_a_time_and_other_keys_go_on) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, true);
  session().deliver(1, "a1", "a");
  session().deliver(2, "a2", "a");
  session().deliver(3, "b1", "b");
  runtime.run();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].message().id(), "b1");
  std::move(kept[0]).ack();
  runtime.run();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[2].message().id(), "a2");
}

TEST_F(SubscriptionCoreTest, a_failed_attempt_waits_at_the_provider_and_the_last_one_is_dead_lettered) {
  start([](Delivery delivery) { std::move(delivery).retry({}, "no"); });
  session().deliver(1, "a");
  runtime.run();
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::retry);
  EXPECT_GE(session().settles[0].delay, 1000ms);
  EXPECT_LE(session().settles[0].delay, 1200ms);
  session().answer();
  session().deliver(2, "a", {}, 2);
  runtime.run();
  ASSERT_EQ(session().settles.size(), 2u);
  EXPECT_EQ(session().settles[1].verdict, Verdict::ack);
  ASSERT_NE(session().settles[1].moved, nullptr);
  EXPECT_EQ(session().moved_ids, std::vector<std::string>{"a/g"});
  EXPECT_EQ(core->stats().dead_lettered, 1u);
}

TEST_F(SubscriptionCoreTest, on_an_ordered_topic_the_lane_waits_with_the_failed_message) {
  int tries = 0;
  start(
      [&](Delivery delivery) {
        seen.emplace_back(delivery.message().id());
        if (delivery.message().id() == "a1" && ++tries == 1) return std::move(delivery).retry(5s);
        std::move(delivery).ack();
      },
      true);
  session().deliver(1, "a1", "a");
  session().deliver(2, "a2", "a");
  session().deliver(3, "b1", "b");
  runtime.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"a1", "b1"}));
  runtime.advance(5s);
  EXPECT_EQ(seen, (std::vector<std::string>{"a1", "b1", "a1", "a2"}));
  EXPECT_EQ(session().settles.size(), 1u);  // b1; the others gather
}

TEST_F(SubscriptionCoreTest, what_comes_after_a_given_back_message_of_its_key_goes_back_too) {
  start(
      [&](Delivery delivery) {
        seen.emplace_back(delivery.message().id());
        std::move(delivery).ack();
      },
      true);
  session().deliver(9, "first", "c");
  session().deliver(1, "a1", "a");
  session().deliver(2, "suspect", "s", 0, 3);  // a1 has not started, so it goes back
  session().deliver(3, "a2", "a");             // was handed out before a1 went back
  for (int i = 0; i < 4; ++i) runtime.run(), session().answer();
  EXPECT_EQ(seen, (std::vector<std::string>{"suspect"}));
  for (const driver::Tag tag : {9, 1, 3}) {
    const auto outcome = std::ranges::find(session().settles, tag, &driver::Settle::tag);
    ASSERT_NE(outcome, session().settles.end()) << tag;
    EXPECT_EQ(outcome->verdict, Verdict::give_back) << tag;
  }
  session().deliver(4, "a1", "a");
  session().deliver(5, "a2", "a");
  runtime.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"suspect", "a1", "a2"}));
}

TEST_F(SubscriptionCoreTest, nothing_of_its_key_starts_before_a_given_back_message_is_back) {
  start(
      [&](Delivery delivery) {
        seen.emplace_back(delivery.message().id());
        std::move(delivery).ack();
      },
      true);
  session().deliver(1, "a1", "a");
  session().deliver(2, "suspect", "s", 0, 3);
  ASSERT_EQ(session().settles.size(), 1u);
  runtime.run();
  session().deliver(3, "a2", "a");
  runtime.run();
  EXPECT_EQ(std::ranges::count(seen, "a2"), 0) << "the provider has not said that a1 is back";
}

TEST_F(SubscriptionCoreTest, what_is_fetched_already_waits_while_the_parking_is_full) {
  max_parked = 2;
  start(
      [&](Delivery delivery) {
        seen.emplace_back(delivery.message().id());
        if (delivery.context().attempt() > 1) std::move(delivery).ack();
      },
      true, 0, 1);
  for (const driver::Tag tag : {1, 2, 3, 4}) session().deliver(tag, std::to_string(tag), std::to_string(tag));
  runtime.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(core->stats().parked, 2u);
  EXPECT_EQ(session().window, 0u);
  runtime.advance(5s);
  EXPECT_EQ(seen.size(), 8u) << "each came to its end";
  EXPECT_EQ(core->stats().parked, 0u);
  EXPECT_GE(session().window, 1u);
}

TEST_F(SubscriptionCoreTest, a_delivery_that_is_dropped_counts_as_a_failed_attempt) {
  start([](Delivery) {});
  session().deliver(1, "a");
  runtime.run();
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::retry);
}

TEST_F(SubscriptionCoreTest, outcomes_for_a_session_that_ended_are_lost_and_said_so) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  session().deliver(1, "a");
  runtime.run();
  session().sink.ended({.code = Errc::unavailable, .message = "cut"});
  runtime.advance(20s);
  EXPECT_EQ(provider.last->consumer_sessions, 2);
  std::optional<Errc> told;
  std::move(kept.front()).ack([&](Result<void> result) { told = result ? Errc::ok : result.error().code; });
  runtime.run();
  EXPECT_EQ(told, Errc::lost);
  EXPECT_TRUE(session().settles.empty());
  EXPECT_EQ(core->stats().lost, 1u);
}

TEST_F(SubscriptionCoreTest, a_failure_that_waiting_does_not_cure_ends_it) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  session().sink.ended({.code = Errc::not_found, .message = "the group is gone"});
  runtime.run();
  EXPECT_TRUE(core->ended());
  EXPECT_EQ(core->wait(0ms).error().code, Errc::not_found);
}

TEST_F(SubscriptionCoreTest, closing_gives_back_what_was_not_started_and_waits_for_the_rest) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, false, 0, 1);
  session().deliver(1, "a");
  session().deliver(2, "b");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  core->stop_taking();
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::give_back);
  EXPECT_EQ(session().window, 0u);
  std::move(kept.front()).ack();
  EXPECT_TRUE(close().ok());
}

TEST_F(SubscriptionCoreTest, closing_gives_back_the_last_of_a_key_first) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, true);
  for (const driver::Tag tag : {1, 2, 3}) session().deliver(tag, std::to_string(tag), "key");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  core->stop_taking();
  ASSERT_EQ(session().settles.size(), 2u);
  EXPECT_EQ(session().settles[0].tag, 3u);
  EXPECT_EQ(session().settles[1].tag, 2u);
  std::move(kept.front()).ack();
  EXPECT_TRUE(close().ok());
}

TEST_F(SubscriptionCoreTest, at_the_close_deadline_handlers_are_told_to_stop) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  session().deliver(1, "a");
  runtime.run();
  const auto token = kept.front().context().stop_token();
  EXPECT_EQ(close(0s).error().code, Errc::timed_out);
  EXPECT_TRUE(token.stop_requested());
}

TEST_F(SubscriptionCoreTest, it_never_takes_more_than_its_limit_and_ends_by_itself) {
  start([](Delivery delivery) { std::move(delivery).ack(); }, false, 2);
  EXPECT_EQ(session().window, 1u);
  session().deliver(1, "a");
  runtime.run();
  EXPECT_EQ(session().window, 1u);
  session().answer();
  session().deliver(2, "b");
  runtime.run();
  EXPECT_EQ(session().window, 0u);
  session().answer();
  EXPECT_TRUE(session().stopped);
  session().sink.ended({});
  runtime.run();
  EXPECT_TRUE(core->wait(0ms).ok());
}

TEST_F(SubscriptionCoreTest, a_connection_lost_at_the_close_is_no_failure_and_what_was_under_way_is_told_as_lost) {
  start([](Delivery delivery) { std::move(delivery).ack(); }, false, 1);
  session().deliver(1, "a");
  runtime.run();
  session().sink.ended({.code = Errc::unavailable, .message = "cut"});
  runtime.run();
  EXPECT_TRUE(core->wait(0ms).ok());
  EXPECT_EQ(core->stats().lost, 1u);
}

TEST_F(SubscriptionCoreTest, the_first_message_comes_alone_as_it_may_be_a_killer) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  EXPECT_EQ(session().window, 1u);
  session().deliver(1, "a");
  EXPECT_GE(session().window, 4u);
}

TEST_F(SubscriptionCoreTest, a_suspect_runs_with_nothing_beside_it) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  session().deliver(1, "a");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  session().deliver(2, "suspect", {}, 0, 3);
  session().deliver(3, "beside", {}, 0, 1);
  runtime.run();
  EXPECT_EQ(session().window, 1u);
  EXPECT_EQ(kept.size(), 1u) << "another runs";
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].tag, 3u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::give_back);
  session().answer();
  std::move(kept[0]).ack();
  session().answer();
  runtime.run();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].message().id(), "suspect");
  EXPECT_EQ(session().window, 1u);
  std::move(kept[1]).ack();
  session().answer();
  session().deliver(4, "next", {}, 0, 1);
  EXPECT_GE(session().window, 4u) << "it was no suspect";
}

TEST_F(SubscriptionCoreTest, what_goes_back_beside_a_suspect_is_not_overtaken_by_its_key) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, true);
  session().deliver(1, "suspect", "s", 0, 3);
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  session().deliver(2, "k1", "k", 0, 1);
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::give_back);
  std::move(kept[0]).ack();
  session().deliver(3, "k2", "k", 0, 1);  // left the provider before k1 was back there
  session().deliver(4, "other", "o", 0, 1);
  runtime.run();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[1].message().id(), "other");
  session().answer();
  session().answer();
  runtime.run();
  EXPECT_EQ(kept.size(), 2u);
  ASSERT_EQ(session().settles.size(), 3u);
  EXPECT_EQ(session().settles[2].tag, 3u);
  EXPECT_EQ(session().settles[2].verdict, Verdict::give_back);
}

TEST_F(SubscriptionCoreTest, a_killer_goes_to_the_dead_letters_unseen) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  session().deliver(1, "killer", {}, 0, 21);
  runtime.run();
  EXPECT_TRUE(kept.empty());
  ASSERT_EQ(session().moved_ids.size(), 1u);
  EXPECT_EQ(session().moved_ids[0], "killer/g");
}

TEST_F(SubscriptionCoreTest, a_handler_that_runs_too_long_failed_and_what_it_says_later_is_lost) {
  timeout = 5s;
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  session().deliver(1, "a");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  const auto stop = kept[0].context().stop_token();
  runtime.advance(5s);
  EXPECT_TRUE(stop.stop_requested());
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::retry);
  EXPECT_EQ(session().settles[0].failures, 1u);
  std::optional<Result<void>> late;
  std::move(kept[0]).ack([&](Result<void> result) { late = std::move(result); });
  runtime.run();
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->error().code, Errc::lost);
  EXPECT_EQ(session().settles.size(), 1u);
}

TEST_F(SubscriptionCoreTest, an_outcome_that_the_provider_cannot_take_now_is_given_again) {
  start([&](Delivery delivery) { std::move(delivery).ack(); });
  session().deliver(1, "a");
  runtime.run();
  session().answer({.code = Errc::unavailable, .message = "the disk is full"});
  EXPECT_EQ(session().settles.size(), 1u);
  runtime.advance(1s);
  ASSERT_EQ(session().settles.size(), 2u);
  EXPECT_EQ(session().settles[1].tag, 1u);
  session().answer();
  EXPECT_EQ(core->stats().lost, 0u);
}

TEST_F(SubscriptionCoreTest, leases_are_renewed_at_half_life_while_something_is_held) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); });
  runtime.advance(60s);
  EXPECT_EQ(session().extended, 0u);
  session().deliver(1, "a");
  runtime.advance(14s);
  EXPECT_EQ(session().extended, 0u);
  runtime.advance(32s);
  EXPECT_EQ(session().extended, 3u);
}

TEST_F(SubscriptionCoreTest, pulling_fetches_what_was_asked_for_and_no_more) {
  start(nullptr);
  EXPECT_EQ(session().window, 0u);
  std::optional<Result<std::vector<Delivery>>> taken;
  std::thread caller([&] { taken = core->receive(2, 10s); });
  while (session().window != 1) std::this_thread::yield();
  session().deliver(1, "a");
  caller.join();
  kept = std::move(*taken).value();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(session().window, 1u);
  session().deliver(2, "late");  // was on its way when the call returned
  ASSERT_EQ(session().settles.size(), 1u);
  EXPECT_EQ(session().settles[0].verdict, Verdict::give_back);
}

}  // namespace
}  // namespace ductape::inline v0::detail
