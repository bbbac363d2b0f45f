// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/publisher_session.h"
#include "providers/memory/seam_test.h"

namespace ductape::inline v0::memory {
namespace {

using Ids = std::vector<std::string>;

class MemoryFaults : public SeamTest {
 protected:
  void cut() {
    std::lock_guard lock(server_->mutex);
    server_->cut();
  }
  void take_down(bool on) {
    std::lock_guard lock(server_->mutex);
    server_->take_down(on);
  }
  void forget_sessions() {
    std::lock_guard lock(server_->mutex);
    server_->forget_sessions();
  }
};

TEST_F(MemoryFaults, RefusedRecordsAreNotStored) {
  server_->faults.refuse = 2;
  server_->faults.refuse_code = Errc::throttled;
  publish("m1"), publish("m2"), publish("m3");
  EXPECT_EQ(publish_.lines, (Ids{"1 throttled", "2 throttled", "3 ok"}));
  EXPECT_EQ(server_->topics.at(main_.native).log.size(), 1u);
}

TEST_F(MemoryFaults, ALostReceiptIsStoredAndEndsTheSession) {
  server_->faults.lose_receipts = 1;
  publisher_ = connection_->publisher(publish_);
  const std::vector<driver::Record> batch{record("m1"), record("m2")};
  publisher_->submit(batch);
  runtime_->run_until_idle();
  EXPECT_TRUE(publish_.lines.empty());
  ASSERT_TRUE(publish_.end);
  EXPECT_EQ(publish_.end->code, Errc::unavailable);
  EXPECT_EQ(server_->topics.at(main_.native).log.size(), 1u) << "what came after the cut is not stored";
}

TEST_F(MemoryFaults, ACutEndsEverySessionAndTheNextMayComeAtOnce) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  cut();
  runtime_->run_until_idle();
  ASSERT_TRUE(publish_.end && reader->log.end);
  EXPECT_EQ(reader->log.end->code, Errc::unavailable);
  const driver::Settle late{.tag = reader->log.seen[0].tag};
  reader->consumer->settle(std::span(&late, 1));
  runtime_->run_until_idle();
  EXPECT_TRUE(reader->log.settled_lines.empty()) << "after ended() nothing more comes";
  auto second = member("g");
  ASSERT_EQ(second->log.ids(), Ids{"m1"});
  EXPECT_EQ(second->log.seen[0].deliveries, 2u) << "no clean return, so it counts";
}

TEST_F(MemoryFaults, AFrozenBrokerAnswersNothing) {
  provision("g", "earliest");
  auto reader = member("g");
  publish("m1");
  server_->freeze(true);
  const int alive = reader->log.alive_calls;
  publish("m2");
  reader->settle(0, Verdict::ack);
  std::optional<Result<driver::Probe>> probed;
  connection_->probe(runtime_->now() + 5s, [&](Result<driver::Probe> result) { probed = std::move(result); });
  std::optional<Result<driver::GroupState>> state;
  connection_->inspect(main_, "g", [&](auto result) { state = std::move(result); });
  runtime_->advance(10s);
  EXPECT_EQ(publish_.lines, Ids{"1 ok"});
  EXPECT_EQ(reader->log.ids(), Ids{"m1"});
  EXPECT_TRUE(reader->log.settled_lines.empty());
  EXPECT_EQ(reader->log.alive_calls, alive);
  EXPECT_FALSE(state);
  ASSERT_TRUE(probed);
  EXPECT_EQ(probed->error().code, Errc::timed_out);

  server_->freeze(false);
  runtime_->run_until_idle();
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 ok"}));
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m2"}));
  EXPECT_EQ(reader->log.settled_lines, Ids{"ok"});
  EXPECT_GT(reader->log.alive_calls, alive);
  EXPECT_TRUE(state && state->ok());
}

TEST_F(MemoryFaults, AFrozenBrokerDoesNotHoldUpAStop) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  server_->freeze(true);
  publisher_->stop(runtime_->now() + 3s);
  reader->consumer->stop(runtime_->now() + 3s);
  runtime_->advance(2999ms);
  EXPECT_FALSE(publish_.end || reader->log.end);
  runtime_->advance(1ms);
  EXPECT_TRUE(publish_.end && reader->log.end);
  server_->freeze(false);
}

TEST_F(MemoryFaults, WhatAFrozenBrokerOwesIsCancelledWithItsConnection) {
  auto other = provider_.open({}, *runtime_).value();
  server_->freeze(true);
  std::vector<Result<driver::GroupState>> answers;
  other->inspect(main_, "g", [&](auto result) { answers.push_back(std::move(result)); });
  other.reset();
  runtime_->run_until_idle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error().code, Errc::cancelled);
  server_->freeze(false);
  runtime_->run_until_idle();
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(MemoryFaults, OfSeveralDeadlinesTheEarliestHolds) {
  publish("m1");
  server_->freeze(true);
  publisher_->stop(runtime_->now() + 3s);
  publisher_->stop(runtime_->now() + 60s);
  runtime_->advance(3s);
  EXPECT_TRUE(publish_.end);
  server_->freeze(false);
}

TEST_F(MemoryFaults, ABrokerThatIsDownKeepsWhatItHasAndLetsNobodyIn) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  take_down(true);
  runtime_->run_until_idle();
  ASSERT_TRUE(publish_.end && reader->log.end);
  auto refused = member("g");
  ASSERT_TRUE(refused->log.end);
  EXPECT_EQ(refused->log.end->code, Errc::unavailable);
  std::optional<Result<driver::Probe>> probed;
  connection_->probe(runtime_->now() + 5s, [&](Result<driver::Probe> result) { probed = std::move(result); });
  runtime_->run_until_idle();
  ASSERT_TRUE(probed);
  EXPECT_EQ(probed->error().code, Errc::unavailable);
  take_down(false);
  EXPECT_EQ(member("g")->log.ids(), Ids{"m1"});
}

TEST_F(MemoryFaults, AForgottenSessionHearsNothingMoreAndTheNextWorks) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  forget_sessions();
  const int alive = reader->log.alive_calls;
  publish("m2");
  reader->settle(0, Verdict::ack);
  runtime_->advance(PublisherSession::patience - 1ms);
  EXPECT_EQ(publish_.lines, Ids{"1 ok"});
  EXPECT_FALSE(publish_.end);
  runtime_->advance(1ms);
  ASSERT_TRUE(publish_.end);
  EXPECT_EQ(publish_.end->code, Errc::unavailable);
  EXPECT_EQ(reader->log.ids(), Ids{"m1"});
  EXPECT_TRUE(reader->log.settled_lines.empty());
  EXPECT_EQ(reader->log.alive_calls, alive);
  EXPECT_EQ(server_->topics.at(main_.native).log.size(), 1u) << "m2 never came";

  reader->consumer->stop(runtime_->now());
  auto second = member("g");
  ASSERT_EQ(second->log.ids(), Ids{"m1"});
  EXPECT_EQ(second->log.seen[0].deliveries, 2u) << "the broker never heard of the first one's end";
}

TEST_F(MemoryFaults, LeasesThatEndAreTold) {
  provision("g", "earliest");
  publish("m1");
  auto reader = member("g");
  {
    std::lock_guard lock(server_->mutex);
    server_->expire_leases(*runtime_);
  }
  runtime_->run_until_idle();
  ASSERT_EQ(reader->log.ids(), (Ids{"m1", "m1"}));
  EXPECT_EQ(reader->log.lost_tags, std::vector<driver::Tag>{reader->log.seen[0].tag});
  reader->settle(0, Verdict::ack);
  reader->settle(1, Verdict::ack);
  EXPECT_EQ(reader->log.settled_lines, (Ids{"lost", "ok"}));
}

TEST_F(MemoryFaults, DelayedDeliveriesComeLater) {
  provision("g");
  auto reader = member("g");
  server_->faults.delay = 5s;
  publish("m1");
  runtime_->advance(4999ms);
  EXPECT_EQ(reader->log.ids(), Ids{});
  runtime_->advance(1ms);
  EXPECT_EQ(reader->log.ids(), Ids{"m1"});
}

TEST_F(MemoryFaults, DuplicatesComeAfterTheFirstAck) {
  provision("g", "earliest");
  server_->faults.duplicate_every = 1;
  publish("m1");
  auto reader = member("g");
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m1"}));
  reader->settle(1, Verdict::ack);
  EXPECT_EQ(reader->log.seen.size(), 2u);
  EXPECT_EQ(inspect("g").done, 1u);
}

// The same script gives the same log, whatever the machine does meanwhile.
TEST_F(MemoryFaults, TwoRunsAreEqual) {
  const auto run = [] {
    class Run : public SeamTest {
      void TestBody() override {}

     public:
      std::vector<std::string> script() {
        provision("g", "earliest", driver::GroupSpec::shared, true);
        server_->faults = {.duplicate_every = 3, .delay = 10ms, .reorder = true};
        main_ = address(driver::Role::main, {}, true);
        auto a = member("g", 3), b = member("g", 3);
        for (int i = 0; i < 60; ++i) publish("m" + std::to_string(i), "k" + std::to_string(i % 7));
        std::vector<std::string> log;
        std::size_t next[2] = {0, 0};
        for (int round = 0; round < 200; ++round) {
          runtime_->advance(5ms);
          for (int who = 0; who < 2; ++who) {
            auto& reader = who == 0 ? *a : *b;
            for (; next[who] < reader.log.seen.size(); ++next[who]) {
              const auto& one = reader.log.seen[next[who]];
              log.push_back(std::to_string(who) + one.id + "/" + std::to_string(one.deliveries));
              reader.settle(next[who], one.deliveries == 1 && round % 5 == 0 ? Verdict::retry : Verdict::ack, 20ms);
            }
          }
        }
        return log;
      }
    };
    return Run().script();
  };
  const auto first = run();
  EXPECT_GT(first.size(), 60u);
  EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace ductape::inline v0::memory
