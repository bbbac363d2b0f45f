// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/progress.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::kafka {
namespace {

std::string text(Standing standing) { return std::to_string(standing.offset) + " " + write_metadata(standing); }

TEST(Offsets, RangesGrowAndMeet) {
  Offsets offsets;
  for (const auto offset : {5, 7, 6, 1, 9}) offsets.add(offset);
  EXPECT_EQ(offsets.ranges(), (std::map<std::int64_t, std::int64_t>{{1, 1}, {5, 7}, {9, 9}}));
  EXPECT_TRUE(offsets.contains(6));
  EXPECT_FALSE(offsets.contains(8));
  EXPECT_EQ(offsets.count(), 5u);
  EXPECT_EQ(offsets.count_below(7), 3u);
  offsets.add(2, 8);
  EXPECT_EQ(offsets.ranges(), (std::map<std::int64_t, std::int64_t>{{1, 9}}));
  offsets.remove_below(4);
  EXPECT_EQ(offsets.ranges(), (std::map<std::int64_t, std::int64_t>{{4, 9}}));
}

TEST(Standing, IsReadAsItWasWritten) {
  Standing standing{.offset = 1'000, .starts = 3, .until = 1'256, .alone = 2};
  standing.done.add(1'002, 1'005);
  standing.done.add(1'009);
  const auto metadata = write_metadata(standing);
  EXPECT_EQ(metadata, "starts=3 until=256 alone=2 done=2-5,9");
  const auto read = read_standing(1'000, metadata);
  EXPECT_EQ(read.starts, 3u);
  EXPECT_EQ(read.alone, 2u);
  EXPECT_EQ(read.until, 1'256);
  EXPECT_EQ(read.done.ranges(), standing.done.ranges());
  EXPECT_TRUE(read.finished(999));
  EXPECT_FALSE(read.finished(1'000));
  EXPECT_TRUE(read.finished(1'003));
}

TEST(Standing, WhatIsNotOursSaysNothing) {
  for (const std::string_view words : {"", "consumer-1", "starts=", "starts=-1", "starts=x"}) {
    const auto read = read_standing(7, words);
    EXPECT_EQ(read.offset, 7);
    EXPECT_EQ(read.starts, 0u);
  }
  EXPECT_EQ(read_standing(0, "starts=1 done=1-,5").done.count(), 0u);
  EXPECT_EQ(read_standing(0, "starts=1 done=1,x").done.count(), 1u);
}

TEST(Standing, NamesOfWhatIsDoneWhatFits) {
  Standing standing;
  for (std::int64_t offset = 1; offset < 10'000; offset += 2) standing.done.add(offset);
  const auto metadata = write_metadata(standing);
  EXPECT_LE(metadata.size(), 4'000u);
  EXPECT_TRUE(standing.finished(1));
  EXPECT_FALSE(standing.finished(9'999));
  EXPECT_EQ(read_standing(0, metadata).done.ranges(), standing.done.ranges());
}

TEST(Progress, CommitsThePrefixAndNamesTheRest) {
  Progress progress({.offset = 10});
  for (std::int64_t offset = 10; offset < 15; ++offset) EXPECT_FALSE(progress.fetched(offset));
  EXPECT_FALSE(progress.changed());
  progress.done(12);
  EXPECT_TRUE(progress.changed());
  EXPECT_EQ(text(progress.take(false)), "10 starts=0 done=2");
  progress.done(10);
  progress.done(11);
  EXPECT_EQ(text(progress.take(false)), "13 starts=0");
  EXPECT_FALSE(progress.changed());
}

TEST(Progress, WhatWasFinishedIsNotHandedOut) {
  Progress progress(read_standing(10, "starts=0 done=1-2"));
  EXPECT_FALSE(progress.fetched(10));
  EXPECT_TRUE(progress.fetched(11));
  EXPECT_TRUE(progress.fetched(12));
  progress.done(10);
  EXPECT_EQ(progress.offset(), 13);
}

TEST(Progress, HolesInTheLogHoldNothingUp) {
  Progress progress({.offset = 0});
  EXPECT_FALSE(progress.fetched(3));
  EXPECT_FALSE(progress.fetched(8));
  progress.done(3);
  EXPECT_EQ(progress.offset(), 4);
  progress.done(8);
  EXPECT_EQ(progress.offset(), 9);
}

// Each process starts, gets nowhere and dies.
TEST(Progress, StartsAreCountedUntilThereIsASuspect) {
  Standing committed{.offset = 10};
  for (std::uint32_t start = 1; start <= 5; ++start) {
    Progress progress(committed);
    progress.start();
    EXPECT_EQ(progress.deliveries(10), std::min(start, 3u));
    EXPECT_EQ(progress.deliveries(300), 1u) << "it was never handed out";
    committed = progress.take(false);
    EXPECT_EQ(committed.starts, std::min(start, 3u));
  }
}

// A process that handles the suspect at `offset` and dies of it.
Standing after_a_death_of(std::int64_t offset, Standing committed, std::uint32_t deliveries) {
  Progress progress(std::move(committed));
  progress.start();
  for (std::int64_t each = offset; each < offset + 3; ++each) progress.fetched(each);
  EXPECT_TRUE(progress.may_hand_out(offset));
  EXPECT_FALSE(progress.may_hand_out(offset + 1)) << "it goes alone";
  EXPECT_FALSE(progress.goes(offset)) << "it is not committed that it does";
  const auto taken = progress.take(false);
  progress.take_ended(taken, true);
  EXPECT_TRUE(progress.goes(offset));
  EXPECT_EQ(progress.deliveries(offset), deliveries);
  return taken;
}

TEST(Progress, ASuspectIsCountedForItself) {
  Standing committed{.offset = 10, .starts = 2};
  for (std::uint32_t deliveries = 3; deliveries < 6; ++deliveries)
    committed = after_a_death_of(10, std::move(committed), deliveries);
  Progress last(committed);
  last.start();
  for (std::int64_t offset = 10; offset < 13; ++offset) last.fetched(offset);
  EXPECT_FALSE(last.goes(10));
  last.take_ended(last.take(false), true);
  last.done(10);
  EXPECT_FALSE(last.goes(11));
  EXPECT_EQ(last.deliveries(11), 3u) << "it was handed out beside the one before it, and not since";
  EXPECT_EQ(text(last.take(false)), "11 starts=3 until=255 alone=1");
  EXPECT_EQ(text(last.take(true)), "11 starts=0") << "a clean end makes no suspects";
}

TEST(Progress, ASuspectThatComesBackIsNotCounted) {
  Progress progress({.offset = 10, .starts = 2});
  progress.start();
  progress.fetched(10);
  EXPECT_FALSE(progress.goes(10));
  progress.take_ended(progress.take(false), true);
  EXPECT_TRUE(progress.goes(10));
  progress.came_back(10);
  EXPECT_EQ(text(progress.take(false)), "10 starts=3 until=256");
  EXPECT_FALSE(progress.goes(10));
  EXPECT_EQ(progress.deliveries(10), 3u);
}

TEST(Progress, OneStartThatGotNowhereIsForgottenWithTheFirstOutcome) {
  Progress progress({.offset = 10, .starts = 1});
  progress.start();
  progress.fetched(10);
  EXPECT_EQ(progress.deliveries(10), 2u);
  progress.done(10);
  EXPECT_EQ(progress.deliveries(11), 2u) << "it may have been handed out beside the first";
  EXPECT_EQ(text(progress.take(false)), "11 starts=1");
}

TEST(Progress, NothingFarAwayGoesOutWithWhatIsNear) {
  Progress progress({.offset = 10, .starts = 1});
  progress.start();
  EXPECT_TRUE(progress.may_hand_out(10));
  progress.fetched(10);
  EXPECT_TRUE(progress.may_hand_out(265));
  EXPECT_FALSE(progress.may_hand_out(266));
  progress.done(10);
  EXPECT_TRUE(progress.may_hand_out(266)) << "all that was near is finished: the log has holes";
  EXPECT_EQ(progress.deliveries(266), 1u);
}

TEST(Progress, AFailedCommitIsMadeAgain) {
  Progress progress({.offset = 0});
  progress.fetched(0);
  progress.done(0);
  EXPECT_EQ(progress.take(false).offset, 1);
  progress.take_ended({.offset = 1}, false);
  EXPECT_TRUE(progress.changed());
}

}  // namespace
}  // namespace ductape::inline v0::kafka
