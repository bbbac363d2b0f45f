// SPDX-License-Identifier: Apache-2.0
// What belongs to one group: its retries, its dead letters, and what is told of them.
#include "providers/memory/seam_test.h"

namespace ductape::inline v0::memory {
namespace {

using Ids = std::vector<std::string>;

class MemoryDeadLetters : public SeamTest {
 protected:
  MemoryDeadLetters() { provision("g"), provision("other"); }
  /// That many messages, which group g moves to its dead letters.
  void die(int count) {
    auto reader = member("g");
    for (int i = 1; i <= count; ++i) {
      publish("m" + std::to_string(i));
      reader->move(reader->log.seen.size() - 1, dead_, "m" + std::to_string(i) + "/g");
    }
  }
  void publish_to(const driver::Address& to, std::string id) {
    auto one = record(std::move(id));
    one.to = &to;
    publish(one);
  }

  driver::Address dead_ = address(driver::Role::dead_letter, "g"), retry_ = address(driver::Role::retry, "g");
};

TEST_F(MemoryDeadLetters, FailuresAreStoredAsGiven) {
  publish("m1");
  const auto since = driver::WallTime(std::chrono::milliseconds(1'700'000'000'123));
  {
    auto reader = member("g");
    EXPECT_FALSE(reader->log.seen[0].first_failure);
    reader->settle({.tag = reader->log.seen[0].tag, .verdict = Verdict::retry, .failures = 3, .first_failure = since});
    ASSERT_EQ(reader->log.seen.size(), 2u);
    reader->settle(1, Verdict::give_back);
  }
  auto next = member("g");
  EXPECT_EQ(next->log.seen[0].failures, 3u);
  EXPECT_EQ(next->log.seen[0].first_failure, since);
}

TEST_F(MemoryDeadLetters, AreReadOldestFirstRedrivenAndPurged) {
  die(4);
  EXPECT_EQ(inspect("g").dead, 4u);
  EXPECT_EQ(inspect(dead_, "g").waiting, 4u);
  EXPECT_FALSE(inspect(dead_, "g").done || inspect(dead_, "g").data_loss);
  {
    auto letters = member(dead_, "g");
    EXPECT_EQ(letters->log.ids(), (Ids{"m1/g", "m2/g", "m3/g", "m4/g"}));
    EXPECT_EQ(letters->log.seen[0].body, "m1");
    EXPECT_EQ(letters->log.seen[0].position, "");
    letters->move(1, retry_, "m2");
    letters->settle(2, Verdict::ack);
    letters->consumer->credit(0, 0);
    letters->settle(3, Verdict::give_back);
    EXPECT_EQ(inspect("g").dead, 2u);
  }
  EXPECT_EQ(member(dead_, "g")->log.ids(), (Ids{"m1/g", "m4/g"}));
  const auto state = inspect("g");
  EXPECT_EQ(state.data_loss, 1u);
  EXPECT_EQ(state.done, 0u);
  EXPECT_EQ(state.waiting, 1u);
  EXPECT_EQ(inspect("other").waiting, 4u) << "what the other group has is its own";
  auto reader = member("g");
  EXPECT_EQ(reader->log.ids(), Ids{"m2"});
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(inspect("g").done, 1u);
}

TEST_F(MemoryDeadLetters, MayDieAgain) {
  die(1);
  for (int round = 0; round < 3; ++round) {
    {
      auto letters = member(dead_, "g");
      ASSERT_EQ(letters->log.ids(), Ids{"m1/g"}) << round;
      letters->move(0, retry_, "m1");
    }
    auto reader = member("g");
    ASSERT_EQ(reader->log.ids(), Ids{"m1"});
    reader->move(0, dead_, "m1/g");
    EXPECT_EQ(inspect("g").dead, 1u);
    EXPECT_EQ(inspect("g").lag, 0u);
  }
}

TEST_F(MemoryDeadLetters, OfOneIdAreOneAndSoIsWhatGoesBackTwice) {
  die(1);
  publish_to(dead_, "m1/g");
  EXPECT_EQ(inspect("g").dead, 1u);
  publish_to(retry_, "m1");
  publish_to(retry_, "m1");
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 duplicate", "3 ok", "4 duplicate"}));
  EXPECT_EQ(member("g")->log.ids(), Ids{"m1"});
  const auto none = address(driver::Role::dead_letter, "none");
  publish_to(none, "m1/none");
  EXPECT_EQ(publish_.lines.back(), "5 not_found");
}

TEST_F(MemoryDeadLetters, AMovedOneMayGoWhereItLayAndUnderTheIdThatItHad) {
  publish("m1");
  auto reader = member("g");
  reader->move(0, retry_, "m1");
  reader->move(1, retry_, "m1");
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m1", "m1"}));
  reader->settle(2, Verdict::ack);
  EXPECT_EQ(inspect("g").done, 1u);
  EXPECT_EQ(inspect("g").lag, 0u);
  EXPECT_EQ(inspect("other").waiting, 1u);
}

TEST_F(MemoryDeadLetters, WhatCannotBeMovedStays) {
  publish("m1");
  auto reader = member("g");
  const auto nowhere = address(driver::Role::retry, "none");
  reader->move(0, nowhere, "m1");
  reader->settle(0, Verdict::ack);
  EXPECT_EQ(reader->log.settled_lines, (Ids{"not_found", "ok"}));
}

TEST_F(MemoryDeadLetters, AreNotSoughtAndNotForgottenUnderAReader) {
  die(1);
  std::optional<Result<void>> answer;
  const driver::Done<void> done = [&](Result<void> result) { answer = std::move(result); };
  {
    auto letters = member(dead_, "g");
    letters->consumer->seek("earliest", done);
    runtime_->run_until_idle();
    EXPECT_EQ(answer->error().code, Errc::unsupported);
    connection_->forget(main_, "g", done);
    runtime_->run_until_idle();
    EXPECT_EQ(answer->error().code, Errc::conflict);
  }
  connection_->reset(dead_, "g", "latest", done);
  runtime_->run_until_idle();
  EXPECT_EQ(answer->error().code, Errc::invalid_argument);
  connection_->forget(main_, "g", done);
  runtime_->run_until_idle();
  EXPECT_TRUE(answer->ok());
  provision("g");
  EXPECT_EQ(inspect("g").dead, 0u);
}

TEST_F(MemoryDeadLetters, ResetToLatestLosesWhatItSkips) {
  for (int i = 1; i <= 10; ++i) publish("m" + std::to_string(i));
  {
    auto reader = member("g", 6);
    reader->consumer->credit(0, 0);
    reader->settle(0, Verdict::ack);
    reader->settle(1, Verdict::retry, 1h);
    reader->move(2, dead_, "m3/g");
    publish_to(retry_, "again");
    const auto refused = reset("g", "latest");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find("1 member running"), std::string::npos);
  }
  runtime_->advance(1ms);
  ASSERT_TRUE(reset("g", "latest"));
  auto state = inspect("g");
  EXPECT_EQ(state.done, 1u);
  EXPECT_EQ(state.dead, 1u);
  EXPECT_EQ(state.data_loss, 9u) << "eight of ten and the one that was to come again";
  EXPECT_EQ(state.lag, 0u);
  ASSERT_TRUE(reset("g", "earliest"));
  EXPECT_EQ(inspect("g").waiting, 10u);
  EXPECT_EQ(reset("g", "yesterday").error().code, Errc::invalid_argument);
  EXPECT_EQ(reset("none", "latest").error().code, Errc::not_found);
}

}  // namespace
}  // namespace ductape::inline v0::memory
