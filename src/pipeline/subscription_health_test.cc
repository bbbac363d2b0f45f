// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::detail {
namespace {

using Kind = Notice::Kind;

class SubscriptionHealthTest : public SubscriptionFixture {
 protected:
  /// Time passes while fetches come back empty.
  void idle(driver::Millis time) {
    for (; time > 0s; time -= 1s) {
      session().sink.alive(runtime.now());
      runtime.advance(1s);
    }
  }
  HealthState health() { return core->health().state; }
};

TEST_F(SubscriptionHealthTest, fetches_that_come_back_are_green) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  idle(60s);
  EXPECT_EQ(health(), HealthState::green);
  EXPECT_EQ(core->health().last_answer, runtime.now() - 1s);
  EXPECT_EQ(provider.last->consumer_sessions, 1);
  EXPECT_EQ(notices, std::vector{Kind::connected});
}

TEST_F(SubscriptionHealthTest, one_may_wait_until_it_reads) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  EXPECT_EQ(core->wait_connected(runtime.now()).error().code, Errc::timed_out);
  std::thread reader([&] { session().sink.alive(runtime.now()); });
  EXPECT_TRUE(core->wait_connected(runtime.now() + 1s));
  reader.join();
}

TEST_F(SubscriptionHealthTest, a_session_that_cannot_begin_says_why_to_who_waits) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  session().sink.ended({.code = Errc::not_found, .message = "no such topic"});
  runtime.run();
  EXPECT_EQ(core->wait_connected(runtime.now() + 1s).error().code, Errc::not_found);
}

TEST_F(SubscriptionHealthTest, a_silent_server_is_red_and_no_reason_for_a_new_session) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  idle(5s);
  runtime.advance(9s);
  EXPECT_EQ(health(), HealthState::red);
  EXPECT_NE(core->health().reason.find("nothing came back from new for"), std::string::npos);
  EXPECT_EQ(provider.last->consumer_sessions, 1);
  idle(1s);
  EXPECT_EQ(health(), HealthState::green);
}

TEST_F(SubscriptionHealthTest, a_silent_session_of_a_server_that_answers_is_replaced) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  provider.last->state = driver::GroupState{.waiting = 0};
  runtime.advance(9s);
  ASSERT_TRUE(session().stopped);
  session().sink.ended({});
  runtime.advance(1s);
  EXPECT_EQ(provider.last->consumer_sessions, 2);
  EXPECT_EQ(notices, std::vector{Kind::rebuilt});
  EXPECT_EQ(health(), HealthState::red) << "a new session is no answer yet";
  idle(1s);
  EXPECT_EQ(health(), HealthState::green);
}

TEST_F(SubscriptionHealthTest, a_server_that_answers_late_was_silent_itself) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  provider.last->frozen = true;
  runtime.advance(15s);
  ASSERT_EQ(provider.last->unanswered.size(), 1u);
  provider.last->frozen = false;
  provider.last->unanswered[0](driver::GroupState{.waiting = 0});
  EXPECT_FALSE(session().stopped);
  provider.last->state = driver::GroupState{.waiting = 0};
  runtime.advance(2s);
  EXPECT_TRUE(session().stopped) << "by now it had time to say something";
}

TEST_F(SubscriptionHealthTest, a_silent_session_of_a_log_has_time_to_come_back_by_itself) {
  provider.can.lease = driver::Lease::none;
  start([](Delivery delivery) { std::move(delivery).ack(); });
  provider.last->state = driver::GroupState{.waiting = 0};
  runtime.advance(9s);
  EXPECT_FALSE(session().stopped) << "its group would wait for it, wherever it is";
  runtime.advance(4s);
  EXPECT_TRUE(session().stopped);
}

TEST_F(SubscriptionHealthTest, a_session_that_brings_nothing_while_more_and_more_waits_is_replaced) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  for (std::uint64_t waiting = 1; !session().stopped && waiting < 20; ++waiting) {
    provider.last->state = driver::GroupState{.waiting = waiting};
    idle(1s);
  }
  EXPECT_TRUE(session().stopped);
}

TEST_F(SubscriptionHealthTest, what_waits_in_a_log_may_belong_to_another_member) {
  provider.can.lease = driver::Lease::none;
  start([](Delivery delivery) { std::move(delivery).ack(); });
  for (std::uint64_t waiting = 1; waiting < 20; ++waiting) {
    provider.last->state = driver::GroupState{.waiting = waiting};
    idle(1s);
  }
  EXPECT_FALSE(session().stopped);
}

TEST_F(SubscriptionHealthTest, parked_messages_do_not_count_as_waiting_for_it) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  for (std::uint64_t waiting = 1; waiting < 40; ++waiting) {
    provider.last->state = driver::GroupState{.waiting = waiting, .parked = waiting};
    idle(1s);
  }
  EXPECT_FALSE(session().stopped);
}

TEST_F(SubscriptionHealthTest, an_ended_session_is_degraded_until_the_next_one_works) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  idle(2s);
  session().sink.ended({.code = Errc::unavailable, .message = "refused"});
  runtime.run();
  EXPECT_EQ(health(), HealthState::degraded);
  EXPECT_NE(core->health().reason.find("refused"), std::string::npos);
  runtime.advance(5s);
  idle(1s);
  EXPECT_EQ(health(), HealthState::green);
  EXPECT_EQ(notices, (std::vector{Kind::connected, Kind::disconnected, Kind::connected}));
}

TEST_F(SubscriptionHealthTest, a_gap_is_red_until_somebody_knows_of_it) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  idle(1s);
  session().sink.gap(0, 7);
  runtime.run();
  EXPECT_EQ(health(), HealthState::red);
  EXPECT_EQ(core->stats().gap, 7u);
  core->acknowledge_gap();
  EXPECT_EQ(health(), HealthState::green);
  EXPECT_EQ(core->stats().gap, 7u);
  EXPECT_EQ(notices.back(), Kind::gap);
}

TEST_F(SubscriptionHealthTest, an_outcome_that_cannot_be_stored_is_red_until_it_can) {
  start([](Delivery delivery) { std::move(delivery).dead_letter("no"); });
  idle(1s);
  session().deliver(1, "a");
  runtime.run();
  session().answer({.code = Errc::unavailable, .message = "the disk is full"});
  EXPECT_EQ(health(), HealthState::red);
  idle(1s);
  session().answer();
  EXPECT_EQ(health(), HealthState::green);
}

TEST_F(SubscriptionHealthTest, a_provider_that_gives_up_ends_it) {
  start([](Delivery delivery) { std::move(delivery).ack(); });
  session().sink.ended({.code = Errc::unavailable, .message = "two tries", .documented = "SUBSCRIBE_FAILED"});
  runtime.advance(20s);
  EXPECT_TRUE(core->ended());
  EXPECT_EQ(core->wait(0ms).error().code, Errc::unavailable);
  EXPECT_EQ(provider.last->consumer_sessions, 1);
}

}  // namespace
}  // namespace ductape::inline v0::detail
