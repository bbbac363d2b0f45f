// SPDX-License-Identifier: Apache-2.0
#include "src/policy/pulse.h"

#include <gtest/gtest.h>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

class PulseTest : public testing::Test {
 protected:
  HealthState state(Millis after) const { return pulse.health("broker", start + after).state; }
  const TimePoint start{1h};
  Pulse pulse;
};

TEST_F(PulseTest, WhoWasNeverAskedIsNotCalledWell) {
  EXPECT_TRUE(pulse.wants_probe(start));
  EXPECT_EQ(state(0s), HealthState::degraded);
  EXPECT_EQ(pulse.health("broker", start).last_answer, std::nullopt);
}

TEST_F(PulseTest, AnAnswerIsGreenAndNewsForAWhile) {
  pulse.asked(start);
  EXPECT_FALSE(pulse.wants_probe(start + 1s)) << "one at a time";
  pulse.answered(start + 1s, "");
  EXPECT_EQ(state(1s), HealthState::green);
  EXPECT_FALSE(pulse.wants_probe(start + 2s));
  EXPECT_TRUE(pulse.wants_probe(start + 3s));
  EXPECT_EQ(pulse.health("broker", start + 2s).last_answer, start + 1s);
}

TEST_F(PulseTest, NoAnswerIsRedUntilThereIsOne) {
  pulse.answered(start, "");
  pulse.asked(start + 2s);
  EXPECT_EQ(state(6s), HealthState::green);
  EXPECT_EQ(state(7s), HealthState::red);
  EXPECT_NE(pulse.health("broker", start + 9s).reason.find("7 s"), std::string::npos);
  pulse.failed(start + 10s, "unavailable");
  EXPECT_EQ(state(10s), HealthState::red);
  EXPECT_EQ(pulse.health("broker", start + 10s).reason, "unavailable");
  EXPECT_TRUE(pulse.wants_probe(start + 10s));
  pulse.asked(start + 10s);
  EXPECT_EQ(state(11s), HealthState::red) << "asked again is not answered";
  pulse.answered(start + 12s, "");
  EXPECT_EQ(state(12s), HealthState::green);
}

TEST_F(PulseTest, AWarningIsDegraded) {
  pulse.asked(start);
  pulse.answered(start, "it keeps nothing");
  EXPECT_EQ(state(0s), HealthState::degraded);
  EXPECT_EQ(pulse.health("broker", start).reason, "it keeps nothing");
}

}  // namespace
}  // namespace ductape::policy
