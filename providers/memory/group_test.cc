// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/group.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::memory {
namespace {

using namespace std::chrono_literals;
using driver::GroupSpec;
using driver::Verdict;

// Names messages "key/number" so that an expectation reads like the run.
class GroupTest : public testing::Test {
 protected:
  static constexpr std::size_t plenty = 1u << 20;

  void use(bool ordered, GroupSpec::Mode mode = GroupSpec::shared) { group_ = std::make_unique<Group>(mode, ordered); }
  void add(const std::string& key, driver::Millis after = 0ms) {
    const auto id = key + "/" + std::to_string(++last_);
    const std::string body(10, 'x');
    const driver::Record record{.id = id, .key = key, .body = std::as_bytes(std::span(body))};
    auto message = std::make_shared<const Message>(record, last_, driver::WallTime{});
    log_.push_back(message);
    group_->add(message, now_, now_ + after);
  }
  void join(MemberId member, std::size_t credit = plenty, std::size_t bytes = plenty) {
    group_->join(member, 30s);
    group_->credit(member, credit, bytes);
  }
  // "1:a/1 2:b/2": who got what.
  std::string hand_out() {
    std::map<driver::Tag, std::string> in_order;
    for (const auto& [member, handed] : group_->hand_out(now_, faults_, tag_))
      for (const auto& one : handed) {
        in_order[one.tag] = std::to_string(member) + ":" + one.message->id;
        latest_[one.message->id] = one;
        holder_[one.message->id] = member;
      }
    std::string text;
    for (const auto& [_, what] : in_order) text += (text.empty() ? "" : " ") + what;
    return text;
  }
  bool settle(const std::string& id, Verdict verdict, driver::Millis delay = 0ms) {
    return group_->settle(holder_.at(id),
                          {.tag = latest_.at(id).tag, .verdict = verdict, .delay = delay, .failures = 1}, now_,
                          faults_.delay);
  }

  std::unique_ptr<Group> group_ = std::make_unique<Group>(GroupSpec::shared, false);
  Faults faults_;
  driver::Deadline now_{1h};
  driver::Tag tag_ = 0;
  std::uint64_t last_ = 0;
  std::vector<MessagePtr> log_;
  std::map<std::string, Handed> latest_;
  std::map<std::string, MemberId> holder_;
};

TEST_F(GroupTest, MembersTakeTurns) {
  join(1), join(2);
  for (int i = 0; i < 5; ++i) add("");
  EXPECT_EQ(hand_out(), "1:/1 2:/2 1:/3 2:/4 1:/5");
}

TEST_F(GroupTest, CreditIsTheMostThatIsHeld) {
  join(1, 2);
  for (int i = 0; i < 5; ++i) add("");
  EXPECT_EQ(hand_out(), "1:/1 1:/2");
  EXPECT_EQ(hand_out(), "");
  EXPECT_TRUE(settle("/1", Verdict::ack));
  EXPECT_EQ(hand_out(), "1:/3");
  group_->credit(1, 0, plenty);
  settle("/2", Verdict::ack), settle("/3", Verdict::ack);
  EXPECT_EQ(hand_out(), "");
}

TEST_F(GroupTest, ByteCreditBindsButNeverStopsTheFirst) {
  join(1, plenty, 25);
  for (int i = 0; i < 4; ++i) add("");
  EXPECT_EQ(hand_out(), "1:/1 1:/2");
  group_->credit(1, plenty, 5);
  settle("/1", Verdict::ack), settle("/2", Verdict::ack);
  EXPECT_EQ(hand_out(), "1:/3");
}

TEST_F(GroupTest, AMessageIsSettledOnce) {
  join(1);
  add("");
  hand_out();
  EXPECT_FALSE(group_->settle(2, {.tag = latest_.at("/1").tag}, now_, 0ms)) << "another member's tag";
  EXPECT_TRUE(settle("/1", Verdict::ack));
  EXPECT_FALSE(settle("/1", Verdict::ack));
  EXPECT_EQ(group_->state({}).done, 1u);
  EXPECT_EQ(group_->state({}).lag, 0u);
}

TEST_F(GroupTest, ARetryWaitsAndCountsAFailure) {
  join(1);
  add(""), add("");
  EXPECT_EQ(hand_out(), "1:/1 1:/2");
  settle("/1", Verdict::retry, 5s);
  EXPECT_EQ(group_->state({}).parked, 1u);
  EXPECT_EQ(group_->next_event(), now_ + 5s);
  now_ += 4999ms;
  EXPECT_EQ(hand_out(), "");
  now_ += 1ms;
  EXPECT_EQ(hand_out(), "1:/1");
  EXPECT_EQ(latest_.at("/1").failures, 1u);
  EXPECT_EQ(latest_.at("/1").deliveries, 2u);
}

TEST_F(GroupTest, AGiveBackCountsNothing) {
  join(1);
  add("");
  hand_out();
  settle("/1", Verdict::give_back);
  EXPECT_EQ(hand_out(), "1:/1");
  EXPECT_EQ(latest_.at("/1").failures, 0u);
  EXPECT_EQ(latest_.at("/1").deliveries, 1u);
}

TEST_F(GroupTest, ALeaseEndsAndTheMessageGoesToAnother) {
  join(1, 1), add("");
  EXPECT_EQ(hand_out(), "1:/1");
  join(2);
  now_ += 29999ms;
  EXPECT_TRUE(group_->expire(now_).empty());
  now_ += 1ms;
  const auto lost = group_->expire(now_);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost.at(1), std::vector<driver::Tag>{latest_.at("/1").tag});
  EXPECT_FALSE(settle("/1", Verdict::ack)) << "a late ack must not count";
  group_->retire(1);
  EXPECT_EQ(hand_out(), "2:/1");
  EXPECT_EQ(latest_.at("/1").deliveries, 2u);
}

TEST_F(GroupTest, AnExtendedLeaseHolds) {
  join(1), add("");
  hand_out();
  now_ += 29s;
  group_->extend(1, latest_.at("/1").tag, now_ + 30s);
  now_ += 29s;
  EXPECT_TRUE(group_->expire(now_).empty());
  EXPECT_TRUE(settle("/1", Verdict::ack));
}

TEST_F(GroupTest, LeavingCleanlyIsNotCounted) {
  join(1), add(""), hand_out();
  group_->leave(1, now_, true);
  join(2);
  EXPECT_EQ(hand_out(), "2:/1");
  EXPECT_EQ(latest_.at("/1").deliveries, 1u);
  group_->leave(2, now_, false);
  join(3);
  EXPECT_EQ(hand_out(), "3:/1");
  EXPECT_EQ(latest_.at("/1").deliveries, 2u);
}

TEST_F(GroupTest, ExclusiveHasOneActiveMember) {
  use(false, GroupSpec::exclusive);
  join(1), join(2);
  for (int i = 0; i < 3; ++i) add("");
  EXPECT_EQ(hand_out(), "1:/1 1:/2 1:/3");
  settle("/1", Verdict::ack);
  group_->leave(1, now_, true);
  EXPECT_EQ(hand_out(), "2:/2 2:/3");
}

TEST_F(GroupTest, AKeyBelongsToTheMemberThatHoldsIt) {
  use(true);
  join(1, 1), join(2);
  add("a"), add("a"), add("b"), add("a");
  EXPECT_EQ(hand_out(), "1:a/1 2:b/3") << "member 2 must not get a while member 1 holds it";
  group_->credit(1, 2, plenty);
  EXPECT_EQ(hand_out(), "1:a/2");
  settle("a/1", Verdict::ack);
  settle("a/2", Verdict::ack);
  group_->credit(1, 0, 0);
  EXPECT_EQ(hand_out(), "2:a/4") << "nobody holds a any more";
}

TEST_F(GroupTest, AWaitingMessageHoldsUpItsKeyAlone) {
  use(true);
  join(1, 1);
  add("a"), add("a"), add("b");
  hand_out();
  settle("a/1", Verdict::retry, 5s);
  EXPECT_EQ(hand_out(), "1:b/3");
  settle("b/3", Verdict::ack);
  EXPECT_EQ(hand_out(), "");
  now_ += 5s;
  EXPECT_EQ(hand_out(), "1:a/1");
}

TEST_F(GroupTest, WithoutOrderAKeyHoldsUpNothing) {
  join(1, 1), join(2, 1);
  add("a"), add("a");
  EXPECT_EQ(hand_out(), "1:a/1 2:a/2");
}

TEST_F(GroupTest, ReorderingSwapsNeighboursButNotOfOneKey) {
  use(true);
  faults_.reorder = true;
  join(1);
  add("a"), add("b"), add("c"), add("c"), add("d");
  EXPECT_EQ(hand_out(), "1:b/2 1:a/1 1:c/3 1:d/5 1:c/4");
}

TEST_F(GroupTest, AReorderedMessageIsOvertakenOnce) {
  faults_.reorder = true;
  join(1, 1);
  for (int i = 0; i < 4; ++i) add("");
  std::string order;
  for (int i = 0; i < 4; ++i) {
    const auto got = hand_out();
    settle(got.substr(2), Verdict::ack);
    order += got + " ";
  }
  EXPECT_EQ(order, "1:/2 1:/1 1:/4 1:/3 ");
}

TEST_F(GroupTest, EveryNthMessageComesTwice) {
  faults_.duplicate_every = 2;
  join(1);
  add(""), add(""), add(""), add("");
  hand_out();
  for (const auto* id : {"/1", "/2", "/3", "/4"}) settle(id, Verdict::ack);
  EXPECT_EQ(hand_out(), "1:/2 1:/4");
  settle("/2", Verdict::ack), settle("/4", Verdict::ack);
  EXPECT_EQ(hand_out(), "");
  EXPECT_EQ(group_->state({}).done, 4u);
}

TEST_F(GroupTest, SeekStartsOverAndVoidsWhatIsOut) {
  join(1, 2);
  for (int i = 0; i < 4; ++i) add("");
  hand_out();
  settle("/1", Verdict::ack);
  const auto lost = group_->seek({}, log_, now_);
  EXPECT_EQ(lost.at(1), std::vector<driver::Tag>{latest_.at("/2").tag});
  EXPECT_EQ(group_->state({}).waiting, 4u);
  EXPECT_EQ(group_->state({}).done, 0u);
  (void)group_->seek({.sequence = 4}, log_, now_);
  EXPECT_EQ(hand_out(), "1:/4");
  EXPECT_EQ(group_->state({}).data_loss, 3u) << "skipped";
}

TEST_F(GroupTest, WhatWasDoneBeforeThePlaceStaysDone) {
  join(1, 2);
  for (int i = 0; i < 4; ++i) add("");
  hand_out();
  settle("/1", Verdict::ack), settle("/2", Verdict::ack);
  (void)group_->seek({.sequence = 2}, log_, now_);
  EXPECT_EQ(group_->state({}).done, 1u);
  EXPECT_EQ(group_->state({}).waiting, 3u);
  EXPECT_EQ(group_->state({}).data_loss, 0u);
}

TEST_F(GroupTest, WhatTheLogForgetsIsMissed) {
  join(1, 2);
  for (int i = 0; i < 5; ++i) add("");
  hand_out();
  settle("/1", Verdict::ack);
  group_->forget(4);
  EXPECT_EQ(group_->take_gap(), 2u) << "3 and 4; 2 is in somebody's hands";
  EXPECT_EQ(group_->take_gap(), 0u);
  const auto state = group_->state({});
  EXPECT_EQ(state.done, 1u);
  EXPECT_EQ(state.data_loss, 2u);
  EXPECT_EQ(state.lag, 2u);
  EXPECT_EQ(group_->first_unfinished(), 2u);
  EXPECT_TRUE(settle("/2", Verdict::ack));
  EXPECT_EQ(hand_out(), "1:/5");
}

TEST_F(GroupTest, AForgottenOneHoldsUpItsKeyNoLonger) {
  use(true);
  join(1, 1);
  add("a"), add("a");
  hand_out();
  settle("a/1", Verdict::retry, 1h);
  EXPECT_EQ(hand_out(), "");
  group_->forget(1);
  EXPECT_EQ(hand_out(), "1:a/2");
}

TEST_F(GroupTest, SeekKeepsWhatIsInNoLogFromThenOn) {
  const driver::Record record{.id = "own"};
  group_->add(std::make_shared<const Message>(record, 99, driver::WallTime{}), now_, now_ + 5s, true);
  (void)group_->seek({}, log_, now_);
  EXPECT_TRUE(group_->has_own("own", 0));
  (void)group_->seek({.since = driver::WallTime{} + 1ms}, log_, now_);
  EXPECT_FALSE(group_->has_own("own", 0));
  EXPECT_EQ(group_->state({}).data_loss, 1u);
}

TEST_F(GroupTest, StateSaysWhereMessagesAreAndHowOldTheyAre) {
  join(1, 1);
  add(""), add(""), add("", 5s);
  hand_out();
  const auto state = group_->state(driver::WallTime{} + 7s);
  EXPECT_EQ(state.waiting, 2u);
  EXPECT_EQ(state.in_flight, 1u);
  EXPECT_EQ(state.parked, 0u) << "delayed is not parked for a retry";
  EXPECT_EQ(state.lag, 3u);
  EXPECT_EQ(state.oldest, 7s);
}

}  // namespace
}  // namespace ductape::inline v0::memory
