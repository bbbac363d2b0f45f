// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::detail {
namespace {

using driver::Verdict;

class SubscriptionPlaceTest : public SubscriptionFixture {
 protected:
  /// Another connection, and the same group there.
  void move(const std::string& to = "scripted") {
    auto route = std::make_shared<pipeline::Route>();
    route->event = "orders:new";
    route->provider = to;
    route->capabilities = provider.capabilities();
    other = pipeline::BrokerConnection::open(provider, {}, runtime, runtime, {}).value();
    route->connection = other.get();
    route->address.native = "new";
    core->move_to({.route = route, .retry = {.native = "new"}, .dead_letter = {.native = "dead"}});
  }
  void keep() {
    start([this](Delivery delivery) { kept.push_back(std::move(delivery)); }, false, 0, 1);
  }

  /// It goes there while a handler has one message; what it left.
  support::ScriptedConnection::Consuming& move_while_one_runs() {
    keep();
    auto& before = session();
    before.deliver(1, "a");
    runtime.run();
    move();
    return before;
  }

  std::shared_ptr<pipeline::BrokerConnection> other;
};

TEST_F(SubscriptionPlaceTest, what_runs_is_settled_where_it_came_from) {
  keep();
  auto& before = session();
  before.deliver(1, "a");
  before.deliver(2, "b");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);

  move();
  EXPECT_EQ(core->present_route()->connection, other.get());
  EXPECT_EQ(before.window, 0u);
  ASSERT_EQ(before.settles.size(), 1u) << "what has not started goes back";
  EXPECT_EQ(before.settles[0].tag, 2u);
  EXPECT_EQ(before.settles[0].verdict, Verdict::give_back);
  before.answer();
  EXPECT_FALSE(before.stopped) << "a handler is still at work";
  EXPECT_NE(&session(), &before) << "it reads over the other connection at once";
  EXPECT_GT(session().window, 0u);

  std::move(kept[0]).ack();
  ASSERT_EQ(before.settles.size(), 2u);
  EXPECT_EQ(before.settles[1].verdict, Verdict::ack);
  before.answer();
  EXPECT_TRUE(before.stopped);
  before.sink.ended({});
  runtime.run();
  EXPECT_FALSE(core->ended());

  session().deliver(7, "b");
  runtime.run();
  ASSERT_EQ(kept.size(), 2u);
  std::move(kept[1]).ack();
  EXPECT_EQ(session().settles.at(0).tag, 7u);
  session().answer();
  EXPECT_EQ(core->stats().acked, 2u);
  EXPECT_EQ(core->health().state, HealthState::green);
}

TEST_F(SubscriptionPlaceTest, what_fails_there_waits_for_its_next_attempt_at_the_provider) {
  provider.can.retry_delay_max = 0ms;
  auto& before = move_while_one_runs();
  std::move(kept.at(0)).retry(5s);
  ASSERT_EQ(before.settles.size(), 1u);
  EXPECT_EQ(before.settles[0].verdict, Verdict::retry);
  EXPECT_EQ(before.settles[0].failures, 1u);
  before.answer();
  EXPECT_TRUE(before.stopped);
  before.sink.ended({});
  runtime.run();
}

TEST_F(SubscriptionPlaceTest, at_another_provider_it_reads_what_is_left_until_nothing_comes) {
  keep();
  auto& before = session();
  move("another");
  EXPECT_GT(session().window, 0u) << "it reads there at once";
  EXPECT_GT(before.window, 0u);
  runtime.advance(4s);
  before.deliver(1, "late");
  runtime.run();
  ASSERT_EQ(kept.size(), 1u);
  runtime.advance(20s);
  EXPECT_GT(before.window, 0u) << "a handler has it";
  std::move(kept[0]).ack();
  before.answer();
  runtime.advance(6s);
  EXPECT_TRUE(before.stopped);
  before.sink.ended({});
  runtime.run();
  EXPECT_FALSE(core->ended());
}

TEST_F(SubscriptionPlaceTest, whatever_ends_it_at_the_provider_before_is_no_failure) {
  keep();
  auto& before = session();
  move("another");
  session().sink.alive(runtime.now());
  before.sink.ended({.code = Errc::permission_denied, .message = "the user was removed"});
  runtime.advance(1s);
  EXPECT_FALSE(core->ended());
  EXPECT_EQ(core->health().state, HealthState::green);
}

TEST_F(SubscriptionPlaceTest, the_end_of_what_it_left_is_no_failure) {
  auto& before = move_while_one_runs();
  before.sink.ended({.code = Errc::unauthenticated, .message = "the password has changed"});
  runtime.run();
  EXPECT_FALSE(core->ended());
  EXPECT_EQ(core->health().state, HealthState::green);
  EXPECT_EQ(provider.last->consumer_sessions, 1);
  std::move(kept.at(0)).ack();
  EXPECT_EQ(core->stats().lost, 1u) << "its message comes again";
}

TEST_F(SubscriptionPlaceTest, a_session_that_was_to_be_made_again_is_made_there) {
  keep();
  session().sink.ended({.code = Errc::unavailable, .message = "cut"});
  runtime.run();
  auto* const first = provider.last;
  move();
  runtime.advance(60s);
  EXPECT_EQ(first->consumer_sessions, 1);
  EXPECT_EQ(provider.last->consumer_sessions, 1);
  session().sink.alive(runtime.now());
  EXPECT_EQ(core->health().state, HealthState::green);
}

TEST_F(SubscriptionPlaceTest, who_was_let_in_once_tries_again_with_other_credentials) {
  keep();
  session().sink.alive(runtime.now());
  session().sink.ended({.code = Errc::unauthenticated, .message = "wrong password"});
  runtime.run();
  EXPECT_FALSE(core->ended());
  EXPECT_EQ(core->health().state, HealthState::degraded);
  move();
  session().sink.alive(runtime.now());
  EXPECT_EQ(core->health().state, HealthState::green);
}

TEST_F(SubscriptionPlaceTest, who_is_not_let_in_at_first_is_told) {
  keep();
  session().sink.ended({.code = Errc::unauthenticated, .message = "wrong password"});
  runtime.run();
  EXPECT_EQ(core->wait_connected(runtime.now()).error().code, Errc::unauthenticated);
}

TEST_F(SubscriptionPlaceTest, closing_waits_for_both) {
  auto& before = move_while_one_runs();
  core->stop_taking();
  std::move(kept.at(0)).ack();
  before.answer();
  EXPECT_TRUE(before.stopped);
  before.sink.ended({});
  runtime.run();
  EXPECT_FALSE(core->ended());
  EXPECT_TRUE(close());
}

}  // namespace
}  // namespace ductape::inline v0::detail
