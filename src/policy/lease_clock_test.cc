// SPDX-License-Identifier: Apache-2.0
#include "src/policy/lease_clock.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <vector>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

TEST(LeaseClock, RenewsAtHalfLife) {
  LeaseClock clock(30s);
  EXPECT_EQ(clock.next(start, true), start + 15s);
  EXPECT_FALSE(clock.due(start + 15s - 1ns));
  EXPECT_TRUE(clock.due(start + 15s));
  EXPECT_FALSE(clock.due(start + 15s)) << "once";
  EXPECT_EQ(clock.next(start + 15s, true), start + 30s);
  EXPECT_EQ(clock.lease(), 30s);
}

TEST(LeaseClock, LaterDeliveriesDoNotPutTheRenewalOff) {
  LeaseClock clock(30s);
  (void)clock.next(start, true);
  EXPECT_EQ(clock.next(start + 14s, true), start + 15s);
}

TEST(LeaseClock, RestsWhileNothingIsHeld) {
  LeaseClock clock(30s);
  EXPECT_EQ(clock.next(start, false), std::nullopt);
  EXPECT_FALSE(clock.due(start + 1h));
  (void)clock.next(start, true);
  EXPECT_EQ(clock.next(start + 10s, false), std::nullopt);
  EXPECT_FALSE(clock.due(start + 15s));
  EXPECT_EQ(clock.next(start + 20s, true), start + 35s);
}

TEST(LeaseClock, ALateRenewalCountsFromWhenItWasMade) {
  LeaseClock clock(30s);
  (void)clock.next(start, true);
  EXPECT_TRUE(clock.due(start + 20s));
  EXPECT_EQ(clock.next(start + 20s, true), start + 35s);
}

TEST(LeaseClock, WithoutLeasesNothingIsEverDue) {
  LeaseClock clock(0ms);
  EXPECT_EQ(clock.next(start, true), std::nullopt);
  EXPECT_FALSE(clock.due(start + 1h));
}

TEST(LeaseClock, LeasesAtTheEndsOfTheirTypeNeitherSpinNorOverflow) {
  EXPECT_EQ(LeaseClock(1ms).next(start, true), start + 1ms);
  EXPECT_EQ(LeaseClock(Millis::max()).next(start, true), start + 24h);
}

// A source that holds messages for random times, with pauses between: whatever the course of events, each lease has
// half its life left when it is renewed, and none ends under a running handler.
TEST(LeaseClock, NothingHasLessThanHalfALeaseLeftAtARenewal) {
  struct Held {
    TimePoint handled, lease_ends;
  };
  std::mt19937 random(1);
  LeaseClock clock(30s);
  std::vector<Held> held;
  int renewed = 0, pauses = 0;
  for (TimePoint now = start; now < start + 3h; now += 100ms) {
    if (clock.due(now)) {
      for (Held& one : held) {
        ASSERT_GE(one.lease_ends - now, 15s);
        one.lease_ends = now + clock.lease();
        ++renewed;
      }
    }
    for (const Held& one : held) ASSERT_LT(now, one.lease_ends);
    std::erase_if(held, [&](const Held& one) { return one.handled <= now; });
    pauses += held.empty();
    if (random() % 400 == 0) held.push_back({now + Millis{random() % 90'000}, now + clock.lease()});
    const std::optional<TimePoint> timer = clock.next(now, !held.empty());
    ASSERT_EQ(timer.has_value(), !held.empty());
  }
  EXPECT_GT(renewed, 100);
  EXPECT_GT(pauses, 100);
}

}  // namespace
}  // namespace ductape::policy
