// SPDX-License-Identifier: Apache-2.0
#include "src/policy/fetch_watch.h"

#include <gtest/gtest.h>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

class FetchWatchTest : public testing::Test {
 protected:
  const TimePoint start{1h};
  FetchWatch watch{start};
};

TEST_F(FetchWatchTest, AFetchThatComesBackEmptyIsASignOfLife) {
  watch.answered(start + 5s);
  EXPECT_FALSE(watch.silent(start + 10s));
  EXPECT_TRUE(watch.silent(start + 11s));
  EXPECT_EQ(watch.last_answer(), start + 5s);
}

TEST_F(FetchWatchTest, WhoIsSilentWhileTheServerAnswersIsReplaced) {
  EXPECT_FALSE(watch.suspicious(start + 5s, false));
  EXPECT_TRUE(watch.suspicious(start + 6s, false));
  EXPECT_TRUE(watch.broken(start + 6s, false, false, 0));
  watch.begin(start + 6s);
  EXPECT_FALSE(watch.suspicious(start + 7s, true)) << "the new one gets its time";
  EXPECT_TRUE(watch.dead(start + 7s)) << "but nothing came back all the same";
}

TEST_F(FetchWatchTest, WhoBringsNothingWhileMoreAndMoreWaitsIsReplaced) {
  const auto at = [&](auto after) {
    watch.answered(start + after);
    return start + after;
  };
  EXPECT_FALSE(watch.suspicious(at(7s), false)) << "it was not asked for anything";
  EXPECT_TRUE(watch.suspicious(at(7s), true));
  EXPECT_FALSE(watch.broken(at(7s), true, false, 0));
  EXPECT_FALSE(watch.broken(at(9s), true, false, 3)) << "they may have come just now";
  EXPECT_FALSE(watch.broken(at(11s), true, false, 3)) << "somebody may hold them for a while";
  EXPECT_TRUE(watch.broken(at(13s), true, false, 4));
}

TEST_F(FetchWatchTest, AMessageSettlesIt) {
  watch.answered(start + 7s);
  EXPECT_FALSE(watch.broken(start + 7s, true, false, 3));
  watch.delivered(start + 8s);
  EXPECT_FALSE(watch.suspicious(start + 9s, true));
  EXPECT_FALSE(watch.broken(start + 9s, true, false, 9)) << "it begins anew";
  EXPECT_FALSE(watch.broken(start + 9s, false, false, 99));
}

}  // namespace
}  // namespace ductape::policy
