// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/pacer.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

// How many go within `span`, if the caller waits exactly as long as it is told to.
int sent_within(Pacer& pacer, Pacer::Clock::time_point& now, Pacer::Clock::duration span) {
  int count = 0;
  for (const auto end = now + span; now < end; ++count) {
    now += pacer.wait(now);
    pacer.sent(now);
  }
  return count;
}

TEST(Pacer, HoldsTheRate) {
  Pacer pacer(1000);
  Pacer::Clock::time_point now(1h);
  EXPECT_NEAR(sent_within(pacer, now, 10s), 10'000, 15);
}

TEST(Pacer, SlowRatesWaitBetweenMessages) {
  Pacer pacer(2);
  Pacer::Clock::time_point now(1h);
  EXPECT_EQ(pacer.wait(now), 0s);
  pacer.sent(now);
  EXPECT_EQ(pacer.wait(now), 490ms);
}

TEST(Pacer, DoesNotCatchUpAfterAStall) {
  Pacer pacer(1000);
  Pacer::Clock::time_point now(1h);
  sent_within(pacer, now, 1s);
  now += 1min;
  EXPECT_NEAR(sent_within(pacer, now, 1s), 1'000, 15);
}

TEST(Pacer, ARateBeyondTheClockIsNoLimit) {
  Pacer pacer(1e12);
  const Pacer::Clock::time_point now(1h);
  for (int i = 0; i < 1000; ++i) pacer.sent(now);
  EXPECT_EQ(pacer.wait(now), 0s);
}

}  // namespace
}  // namespace ductape::cli
