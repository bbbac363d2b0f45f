// SPDX-License-Identifier: Apache-2.0
#include "src/policy/fetch_window.h"

#include <gtest/gtest.h>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

FetchWindow after(FetchWindow window, int runs, std::chrono::nanoseconds each) {
  for (int i = 0; i < runs; ++i) window.finished(each);
  return window;
}

TEST(FetchWindow, StartsAtTheConcurrency) {
  EXPECT_EQ(FetchWindow(8).messages(), 8U);
  EXPECT_EQ(FetchWindow(0).messages(), 1U) << "nothing would ever be fetched";
}

TEST(FetchWindow, GrowsToWhatCanBeStartedWithinTwentyMilliseconds) {
  EXPECT_NEAR(static_cast<double>(after(FetchWindow(4), 500, 1ms).messages()), 80, 1);
  EXPECT_NEAR(static_cast<double>(after(FetchWindow(4), 500, 100us).messages()), 800, 2);
}

TEST(FetchWindow, GrowsStepByStepAndNeverBackOnTheWay) {
  FetchWindow window(4);
  std::size_t before = window.messages();
  window.finished(10us);
  EXPECT_LE(window.messages(), 2 * before) << "one fast run says little";
  for (int i = 0; i < 300; ++i) {
    before = window.messages();
    window.finished(10us);
    EXPECT_GE(window.messages(), before);
  }
}

TEST(FetchWindow, IsBoundedAbove) {
  EXPECT_EQ(after(FetchWindow(4), 1'000, 0ns).messages(), 4'096U);
  EXPECT_EQ(after(FetchWindow(4, 100), 1'000, 0ns).messages(), 100U);
}

TEST(FetchWindow, IsNeverUnderTheConcurrencyWhateverTheOtherBoundSays) {
  EXPECT_EQ(FetchWindow(50, 10).messages(), 50U);
  EXPECT_EQ(after(FetchWindow(50, 10), 1'000, 1us).messages(), 50U);
  EXPECT_EQ(after(FetchWindow(50), 1'000, 1h).messages(), 50U);
}

TEST(FetchWindow, ShrinksWithinFewRunsWhenHandlersGetSlow) {
  const FetchWindow fast = after(FetchWindow(4), 1'000, 10us);
  ASSERT_EQ(fast.messages(), 4'096U);
  EXPECT_EQ(after(fast, 16, 1s).messages(), 4U);
}

TEST(FetchWindow, ASingleSlowRunDoesNotStarveTheOtherSlots) {
  const FetchWindow fast = after(FetchWindow(4), 1'000, 10us);
  EXPECT_GT(after(fast, 1, 1h).messages(), 4U);
  EXPECT_EQ(after(after(fast, 1, 1h), 100, 10us).messages(), 4'096U) << "forgotten after a hundred fast ones";
}

TEST(FetchWindow, ABatchCountsAsItsMessages) {
  FetchWindow batches(4);
  for (int i = 0; i < 100; ++i) batches.finished(64ms, 64);
  EXPECT_EQ(batches.messages(), 80U);
  batches.finished(1h, 0);
  EXPECT_EQ(batches.messages(), 80U) << "nothing was finished";
}

}  // namespace
}  // namespace ductape::policy
