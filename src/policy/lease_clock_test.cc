// SPDX-License-Identifier: Apache-2.0
#include "src/policy/lease_clock.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

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

// A source that holds messages for random times: at each renewal every lease has at least half its life left.
TEST(LeaseClock, NothingHasLessThanHalfALeaseLeftAtARenewal) {
  std::mt19937 random(1);
  LeaseClock clock(30s);
  std::multimap<TimePoint, TimePoint> held;  // when its handler ends -> when its lease ends
  int renewals = 0;
  TimePoint now = start;
  for (int step = 0; step < 20'000; ++step) {
    now += Millis{random() % 3'000};
    const std::optional<TimePoint> timer = clock.next(now, !held.empty());
    if (timer && *timer <= now) now = std::max(*timer, now - Millis{3'000});
    held.erase(held.begin(), held.upper_bound(now));
    if (timer && *timer <= now && clock.due(*timer)) {
      ++renewals;
      for (auto& [ends, lease] : held) {
        ASSERT_GE(lease - *timer, 15s);
        lease = *timer + 30s;
      }
    }
    if (random() % 20 == 0) held.emplace(now + Millis{random() % 90'000}, now + 30s);
    (void)clock.next(now, !held.empty());
  }
  EXPECT_GT(renewals, 100);
}

}  // namespace
}  // namespace ductape::policy
