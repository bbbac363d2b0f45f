// SPDX-License-Identifier: Apache-2.0
#include "src/policy/attempts.h"

#include <gtest/gtest.h>

namespace ductape::policy {
namespace {

TEST(Attempts, RetriesUntilTheLastAttemptFailed) {
  const Attempts attempts{.max_attempts = 3, .backoff = {.min = Millis{100}, .max = Millis{1'000}}};
  const AfterFailure first = after_failure(attempts, 1, {}, 0.5);
  EXPECT_EQ(first.kind, AfterFailure::retry);
  EXPECT_EQ(first.delay, Millis{100});
  const AfterFailure second = after_failure(attempts, 2, {}, 0.5);
  EXPECT_EQ(second.kind, AfterFailure::retry);
  EXPECT_EQ(second.delay, Millis{200});
  EXPECT_EQ(after_failure(attempts, 3, {}, 0.5).kind, AfterFailure::dead_letter);
  EXPECT_EQ(after_failure(attempts, 4, {}, 0.5).kind, AfterFailure::dead_letter) << "the limit was lowered meanwhile";
}

TEST(Attempts, OneAttemptIsNoRetry) {
  EXPECT_EQ(after_failure({.max_attempts = 1}, 1, {}, 0.5).kind, AfterFailure::dead_letter);
}

TEST(Attempts, TheHandlersDelayStandsAsItIs) {
  const Attempts attempts{.max_attempts = 3, .backoff = {.min = Millis{100}, .max = Millis{1'000}}};
  EXPECT_EQ(after_failure(attempts, 1, Millis{0}, 0.5).delay, Millis{0});
  EXPECT_EQ(after_failure(attempts, 1, Millis{3'600'000}, 0.5).delay, Millis{3'600'000});
  EXPECT_EQ(after_failure(attempts, 1, Millis{-5}, 0.5).delay, Millis{0});
}

TEST(Attempts, TheHandlersDelayBuysNoAttempt) {
  EXPECT_EQ(after_failure({.max_attempts = 3}, 3, Millis{10}, 0.5).kind, AfterFailure::dead_letter);
}

}  // namespace
}  // namespace ductape::policy
