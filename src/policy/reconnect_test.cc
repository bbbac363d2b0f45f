// SPDX-License-Identifier: Apache-2.0
#include "src/policy/reconnect.h"

#include <gtest/gtest.h>

#include <random>

namespace ductape::policy {
namespace {

TEST(Reconnect, TheIntervalDoublesUpToItsBound) {
  Reconnect reconnect({.min = Millis{50}, .max = Millis{10'000}});
  EXPECT_EQ(reconnect.failed(0.75), Millis{75});
  EXPECT_EQ(reconnect.failed(0.75), Millis{150});
  EXPECT_EQ(reconnect.failed(0.75), Millis{300});
  for (int i = 0; i < 100; ++i) (void)reconnect.failed(0.75);
  EXPECT_EQ(reconnect.failed(0.75), Millis{7'500});
  EXPECT_EQ(reconnect.failures(), 104U);
}

TEST(Reconnect, NeverWaitsLessThanItsMinimumNorMoreThanItsMaximum) {
  std::mt19937 random(1);
  Reconnect reconnect;
  for (int i = 0; i < 1'000; ++i) {
    const Millis delay = reconnect.failed(static_cast<double>(random()) / 4294967296.0);
    ASSERT_GE(delay, Millis{50});
    ASSERT_LE(delay, Millis{10'000});
  }
}

TEST(Reconnect, AfterASuccessItBeginsAnew) {
  Reconnect reconnect;
  for (int i = 0; i < 10; ++i) (void)reconnect.failed(0.9);
  reconnect.succeeded();
  EXPECT_EQ(reconnect.failures(), 0U);
  EXPECT_EQ(reconnect.failed(0.9), Millis{90});
}

}  // namespace
}  // namespace ductape::policy
