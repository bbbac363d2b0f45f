// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "providers/memory/seam_test.h"

namespace ductape::inline v0::memory {
namespace {

using Ids = std::vector<std::string>;

class MemorySessions : public SeamTest {};

TEST_F(MemorySessions, DeclaresWhatLocalDoes) {
  const auto can = provider_.capabilities();
  EXPECT_EQ(can.ordering, driver::Ordering::per_key);
  EXPECT_EQ(can.lease, driver::Lease::renewable);
  EXPECT_TRUE(can.moves && can.dedup && can.replay && can.keeps_without_group && !can.counts_clean_return);
}

TEST_F(MemorySessions, RoundTripKeepsEveryPart) {
  provision("billing");
  auto reader = member("billing");
  const driver::Header attribute{"source", "/shop/dev"}, header{"color", "red"};
  auto one = record("m1", "k");
  one.attributes = std::span(&attribute, 1);
  one.headers = std::span(&header, 1);
  publish(one);
  EXPECT_EQ(publish_.lines, Ids{"1 ok"});
  ASSERT_EQ(reader->log.seen.size(), 1u);
  EXPECT_EQ(reader->log.seen[0].body, "m1");
  EXPECT_EQ(reader->log.seen[0].key, "k");
  EXPECT_EQ(reader->log.seen[0].deliveries, 1u);
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(reader->log.settled_lines, Ids{"ok"});
  EXPECT_EQ(inspect("billing").done, 1u);
}

TEST_F(MemorySessions, NothingIsToldFromInsideACall) {
  provision("g");
  publish("before");
  std::promise<void> release;
  auto blocked = release.get_future().share();
  runtime_->post([blocked] { blocked.wait(); });
  ConsumeLog log;
  auto consumer = connection_->consumer(main_, {.name = "g"}, 30s, log);
  consumer->credit(10, 1000);
  consumer->stop(runtime_->now());
  EXPECT_FALSE(log.end) << "the runtime was busy, so nothing can have been told";
  release.set_value();
  runtime_->run_until_idle();
  ASSERT_TRUE(log.end);
  EXPECT_EQ(log.end->code, Errc::ok);
}

TEST_F(MemorySessions, TheSameIdIsOneMessage) {
  provision("g", "earliest");
  publish("m1"), publish("m1"), publish("m2");
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 duplicate", "3 ok"}));
  EXPECT_EQ(publish_.native_ids[0], publish_.native_ids[1]);
  auto reader = member("g");
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m2"}));
}

TEST_F(MemorySessions, AMessageWithoutAGroupIsKept) {
  publish("early");
  provision("late", "earliest");
  provision("later");
  EXPECT_EQ(member("late")->log.ids(), Ids{"early"});
  EXPECT_EQ(member("later")->log.ids(), Ids{});
}

TEST_F(MemorySessions, AGroupMayStartAtATime) {
  publish("m1");
  runtime_->advance(1s);
  publish("m2");
  provision("g", "2026-01-01T00:00:00.500Z");
  EXPECT_EQ(member("g")->log.ids(), Ids{"m2"});
  provision("bad", "yesterday");
  ASSERT_FALSE(topology_);
  EXPECT_EQ(topology_.error().code, Errc::invalid_argument);
}

TEST_F(MemorySessions, ProvisionSaysWhatItFound) {
  provision("g");
  EXPECT_EQ(topology_->created, (Ids{"shop.dev.orders.new", "shop.dev.orders.new.g"}));
  provision("g");
  EXPECT_TRUE(topology_->created.empty() && topology_->differs.empty());
  provision("g", "latest", driver::GroupSpec::exclusive, true);
  EXPECT_EQ(topology_->differs, Ids{"shop.dev.orders.new"}) << "the mode of a group without members changes";
  {
    const auto reader = member("g");
    provision("g");
    ASSERT_FALSE(topology_);
    EXPECT_EQ(topology_.error().code, Errc::conflict);
  }
  const driver::GroupSpec other{.name = "other"};
  connection_->provision(topic(), std::span(&other, 1), false, [this](auto found) { topology_ = found; });
  runtime_->run_until_idle();
  EXPECT_EQ(topology_->missing, Ids{"shop.dev.orders.new.other"});
}

TEST_F(MemorySessions, AGroupThatIsNotThereEndsTheSession) {
  publish("m");
  auto reader = member("nobody");
  ASSERT_TRUE(reader->log.end);
  EXPECT_EQ(reader->log.end->code, Errc::not_found);
}

TEST_F(MemorySessions, StopGivesBackUncounted) {
  provision("g", "earliest");
  publish("m1");
  auto first = member("g");
  first->consumer->stop(runtime_->now() + 5s);
  runtime_->advance(4999ms);
  EXPECT_FALSE(first->log.end) << "its outcome may still come";
  runtime_->advance(1ms);
  ASSERT_TRUE(first->log.end);
  auto second = member("g");
  ASSERT_EQ(second->log.ids(), Ids{"m1"});
  EXPECT_EQ(second->log.seen[0].deliveries, 1u);
}

// What keeps a key in order above relies on it: behind a retry's answer nothing of the key comes that went out before.
TEST_F(MemorySessions, AnAnswerComesBehindWhatWasHandedOutBefore) {
  provision("g");
  auto reader = member("g");
  publish("m1");
  std::promise<void> release;
  auto blocked = release.get_future().share();
  runtime_->post([blocked] { blocked.wait(); });
  const auto second = record("m2");
  EXPECT_EQ(publisher_->submit(std::span(&second, 1)), 1u);
  const driver::Settle outcome{.tag = reader->log.seen[0].tag, .verdict = Verdict::retry, .failures = 1};
  reader->consumer->settle(std::span(&outcome, 1));
  release.set_value();
  runtime_->run_until_idle();
  EXPECT_EQ(reader->log.calls, (Ids{"delivered 1", "delivered 1", "settled 1", "delivered 1"}));
}

TEST_F(MemorySessions, StopEndsWithTheLastOutcome) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  reader->consumer->stop(runtime_->now() + 5s);
  publish("m2");
  EXPECT_EQ(reader->log.ids(), Ids{"m1"});
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(reader->log.settled_lines, Ids{"ok"});
  EXPECT_TRUE(reader->log.end);
}

TEST_F(MemorySessions, AnIdleMemberHearsThatTheBrokerIsThere) {
  provision("g");
  auto reader = member("g");
  const int before = reader->log.alive_calls;
  runtime_->advance(10s);
  EXPECT_EQ(reader->log.alive_calls, before + 10);
}

TEST_F(MemorySessions, ALeaseThatIsNotRenewedIsLost) {
  provision("g", "earliest");
  publish("m1");
  auto first = member("g", 1);
  auto second = member("g");
  runtime_->advance(29s);
  EXPECT_TRUE(second->log.seen.empty());
  first->consumer->credit(0, 0);
  runtime_->advance(1s);
  EXPECT_EQ(first->log.lost_tags, std::vector<driver::Tag>{first->log.seen[0].tag});
  ASSERT_EQ(second->log.ids(), Ids{"m1"});
  EXPECT_EQ(second->log.seen[0].deliveries, 2u);
  first->settle(0, Verdict::ack);
  EXPECT_EQ(first->log.settled_lines, Ids{"lost"});
}

TEST_F(MemorySessions, ARenewedLeaseHolds) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  for (int i = 0; i < 10; ++i) {
    runtime_->advance(15s);
    reader->consumer->extend(std::span(&reader->log.seen[0].tag, 1), 30s);
  }
  EXPECT_EQ(reader->log.seen.size(), 1u);
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(reader->log.settled_lines, Ids{"ok"});
}

TEST_F(MemorySessions, ARetryComesAtItsTime) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  reader->settle(0, Verdict::retry, 7s);
  EXPECT_EQ(inspect("g").parked, 1u);
  runtime_->advance(6999ms);
  EXPECT_EQ(reader->log.seen.size(), 1u);
  runtime_->advance(1ms);
  ASSERT_EQ(reader->log.seen.size(), 2u);
  EXPECT_EQ(reader->log.seen[1].failures, 1u);
}

TEST_F(MemorySessions, ADeadLetterIsMovedWithTheAck) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  const auto dead = address(driver::Role::dead_letter, "g");
  auto moved = record("m1/g");
  moved.to = &dead;
  const driver::Settle outcome{.tag = reader->log.seen[0].tag, .verdict = Verdict::ack, .moved = &moved};
  reader->consumer->settle(std::span(&outcome, 1));
  runtime_->run_until_idle();
  EXPECT_EQ(reader->log.settled_lines, Ids{"ok"});
  const auto state = inspect("g");
  EXPECT_EQ(state.dead, 1u);
  EXPECT_EQ(state.done, 0u);
  EXPECT_EQ(state.lag, 0u);
}

TEST_F(MemorySessions, ARedriveReachesItsGroupAlone) {
  provision("g"), provision("other");
  const auto retry = address(driver::Role::retry, "g");
  EXPECT_EQ(retry.native, main_.native);
  auto again = record("m1/g");
  again.to = &retry;
  publish(again), publish(again);
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "1 duplicate"}));
  EXPECT_EQ(member("g")->log.ids(), Ids{"m1/g"});
  EXPECT_EQ(member("other")->log.ids(), Ids{});
}

TEST_F(MemorySessions, ADelayedMessageComesAtItsTime) {
  provision("g");
  auto reader = member("g");
  auto later = record("m1");
  later.delay = 5s;
  publish(later);
  runtime_->advance(4999ms);
  EXPECT_EQ(reader->log.ids(), Ids{});
  runtime_->advance(1ms);
  EXPECT_EQ(reader->log.ids(), Ids{"m1"});
}

TEST_F(MemorySessions, WhatItCannotDoItRefuses) {
  auto mortal = record("m1");
  mortal.ttl = 1s;
  publish(mortal);
  auto big = record("m2");
  const std::string body(provider_.capabilities().message_max, 'x');
  big.body = std::as_bytes(std::span(body));
  publish(big);
  EXPECT_EQ(publish_.lines, (Ids{"1 unsupported", "2 message_too_large"}));
}

TEST_F(MemorySessions, ForgettingAGroupLeavesNothing) {
  provision("g", "earliest");
  publish("m1");
  std::optional<Result<void>> answer;
  const auto forget = [&] {
    connection_->forget(main_, "g", [&](Result<void> result) { answer = std::move(result); });
    runtime_->run_until_idle();
  };
  {
    auto reader = member("g");
    forget();
    ASSERT_FALSE(answer->ok());
    EXPECT_EQ(answer->error().code, Errc::conflict);
  }
  forget();
  EXPECT_TRUE(answer->ok());
  forget();
  EXPECT_TRUE(answer->ok()) << "what is not there is gone";
  EXPECT_EQ(server_->topics.size(), 1u) << "the dead letters are still there";
  EXPECT_THROW(inspect("g"), Exception);
}

TEST_F(MemorySessions, ABroadcastGroupEndsWithItsSubscription) {
  provision("b", "latest", driver::GroupSpec::broadcast);
  {
    auto reader = member("b", 10, driver::GroupSpec::broadcast);
    publish("m1");
    EXPECT_EQ(reader->log.ids(), Ids{"m1"});
    reader->settle(0, Verdict::ack);
  }
  EXPECT_EQ(server_->topics.size(), 1u);
  EXPECT_TRUE(server_->topics.begin()->second.groups.empty());
}

TEST_F(MemorySessions, SeekReplays) {
  provision("g");
  publish("m1"), publish("m2");
  auto reader = member("g");
  reader->settle(0, Verdict::ack);
  std::optional<Result<void>> answer;
  reader->consumer->seek("earliest", [&](Result<void> result) { answer = std::move(result); });
  runtime_->run_until_idle();
  ASSERT_TRUE(answer && answer->ok());
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m2", "m1", "m2"}));
  reader->consumer->seek("somewhere", [&](Result<void> result) { answer = std::move(result); });
  runtime_->run_until_idle();
  EXPECT_EQ(answer->error().code, Errc::invalid_argument);
}

TEST_F(MemorySessions, APublisherTakesUpToItsWindowAndAsksForMore) {
  server_->freeze(true);
  publisher_ = connection_->publisher(publish_);
  std::vector<driver::Record> many;
  for (int i = 0; i < 5000; ++i) many.push_back(record("m" + std::to_string(i)));
  EXPECT_EQ(publisher_->submit(many), 4096u);
  EXPECT_EQ(publisher_->submit(std::span(many).subspan(4096)), 0u);
  runtime_->run_until_idle();
  EXPECT_TRUE(publish_.lines.empty());
  server_->freeze(false);
  runtime_->run_until_idle();
  EXPECT_EQ(publish_.lines.size(), 4096u);
  EXPECT_EQ(publish_.writable_calls, 1);
  EXPECT_EQ(publisher_->submit(std::span(many).subspan(4096)), 904u);
}

TEST_F(MemorySessions, APublisherSendsWhatItTookBeforeItEnds) {
  publish("m0");
  std::vector<driver::Record> many{record("m1"), record("m2")};
  publisher_->submit(many);
  publisher_->stop(runtime_->now() + 5s);
  publisher_->stop(runtime_->now() + 5s);
  EXPECT_EQ(publisher_->submit(many), 0u);
  runtime_->run_until_idle();
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 ok", "3 ok"}));
  ASSERT_TRUE(publish_.end);
  EXPECT_EQ(publish_.end->code, Errc::ok);
}

}  // namespace
}  // namespace ductape::inline v0::memory
