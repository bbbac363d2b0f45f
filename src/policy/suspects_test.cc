// SPDX-License-Identifier: Apache-2.0
#include "src/policy/suspects.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::policy {
namespace {

TEST(Suspects, HandOutsThatEndedAsFailuresAreNoSuspicion) {
  EXPECT_EQ(hand_outs(5, 4), 1U);
  EXPECT_EQ(hand_outs(5, 2), 3U);
  EXPECT_EQ(hand_outs(2, 4), 1U) << "attempts in one hand-out";
  EXPECT_EQ(hand_outs(std::nullopt, 0), 1U);
}

TEST(Suspects, FromTheThirdHandOutAloneAndAfterTheLastDead) {
  EXPECT_EQ(suspicion(1, 20), Suspicion::none);
  EXPECT_EQ(suspicion(2, 20), Suspicion::none);
  EXPECT_EQ(suspicion(3, 20), Suspicion::alone);
  EXPECT_EQ(suspicion(20, 20), Suspicion::alone);
  EXPECT_EQ(suspicion(21, 20), Suspicion::killer);
  EXPECT_EQ(suspicion(2, 1), Suspicion::killer);
}

}  // namespace
}  // namespace ductape::inline v0::policy
