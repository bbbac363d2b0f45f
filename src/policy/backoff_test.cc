// SPDX-License-Identifier: Apache-2.0
#include "src/policy/backoff.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>

namespace ductape::policy {
namespace {

constexpr double middle = 0.5;  // times 1.0
constexpr double highest = 0x1.fffffffffffffp-1;

TEST(Backoff, DoublesFromMinToMax) {
  const Backoff backoff{.min = Millis{1'000}, .max = Millis{300'000}};
  EXPECT_EQ(backoff_delay(backoff, 1, middle), Millis{1'000});
  EXPECT_EQ(backoff_delay(backoff, 2, middle), Millis{2'000});
  EXPECT_EQ(backoff_delay(backoff, 5, middle), Millis{16'000});
  EXPECT_EQ(backoff_delay(backoff, 9, middle), Millis{256'000});
  EXPECT_EQ(backoff_delay(backoff, 10, middle), Millis{300'000});
}

TEST(Backoff, SpreadsByAFifthBothWays) {
  const Backoff backoff{.min = Millis{1'000}, .max = Millis{300'000}};
  EXPECT_EQ(backoff_delay(backoff, 3, 0.0), Millis{3'200});
  EXPECT_NEAR(static_cast<double>(backoff_delay(backoff, 3, highest).count()), 4'800, 1);
  EXPECT_EQ(backoff_delay(backoff, 20, 0.0), Millis{240'000}) << "at the upper bound the spread goes down";
}

TEST(Backoff, StaysWithinItsBounds) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Millis min{random() % 1'000};
    const Backoff backoff{.min = min, .max = min + Millis{random() % 100'000}};
    const auto failures = static_cast<std::uint32_t>(random() >> (random() % 32));
    const double unit = static_cast<double>(random()) / 4294967296.0;
    const Millis delay = backoff_delay(backoff, failures, unit);
    ASSERT_GE(delay, backoff.min);
    ASSERT_LE(delay, backoff.max);
  }
}

TEST(Backoff, NoNumberOfFailuresOverflows) {
  const Backoff endless{.min = Millis{1}, .max = Millis::max()};
  Millis before{0};
  for (std::uint32_t failures = 1; failures < 200; ++failures) {
    const Millis delay = backoff_delay(endless, failures, highest);
    ASSERT_GE(delay, before) << failures;
    before = delay;
  }
  EXPECT_EQ(backoff_delay(endless, std::numeric_limits<std::uint32_t>::max(), highest), Millis::max());
  EXPECT_EQ(backoff_delay({}, std::numeric_limits<std::uint32_t>::max(), middle), Millis{300'000});
}

TEST(Backoff, OfNothingIsNothing) {
  EXPECT_EQ(backoff_delay({.min = Millis{0}, .max = Millis{0}}, 7, middle), Millis{0});
}

TEST(Backoff, NoFailureCountsAsTheFirst) { EXPECT_EQ(backoff_delay({}, 0, middle), backoff_delay({}, 1, middle)); }

}  // namespace
}  // namespace ductape::policy
