// SPDX-License-Identifier: Apache-2.0
#include "src/policy/resend.h"

#include <gtest/gtest.h>

#include <random>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
constexpr Backoff backoff{.min = Millis{100}, .max = Millis{1'000}};
constexpr double middle = 0.5;

SendFailure failed(Errc code) { return {.code = code, .now = start, .deadline = start + 30s}; }

SendFailure overtaken(SendFailure failure) { return failure.overtaken = true, failure; }
SendFailure report(SendFailure failure) { return failure.may_resend = false, failure; }
SendFailure maybe_stored(SendFailure failure) { return failure.maybe_stored = true, failure; }
SendFailure last_moment(SendFailure failure) { return failure.deadline = failure.now + 100ms, failure; }

Errc code_of(const SendFailure& failure) {
  const AfterSend after = after_send(failure, backoff, middle);
  EXPECT_EQ(after.kind, AfterSend::fail);
  return after.code;
}

TEST(Resend, WhatMayPassIsSentAgainAfterABackOff) {
  SendFailure failure = failed(Errc::unavailable);
  for (const auto& [sends, delay] : {std::pair{1U, 100ms}, {2U, 200ms}, {4U, 800ms}, {9U, 1'000ms}}) {
    failure.sends = sends;
    const AfterSend after = after_send(failure, backoff, middle);
    EXPECT_EQ(after.kind, AfterSend::resend);
    EXPECT_EQ(after.when, start + delay);
  }
}

TEST(Resend, AnUnknownOutcomeIsSentAgainUnlessTheCallerWantsToKnow) {
  EXPECT_EQ(after_send(failed(Errc::outcome_unknown), backoff, middle).kind, AfterSend::resend);
  EXPECT_EQ(code_of(report(failed(Errc::outcome_unknown))), Errc::outcome_unknown);
}

TEST(Resend, ARefusalIsSentAgainEvenWhereUnknownOutcomesAreReported) {
  EXPECT_EQ(after_send(report(failed(Errc::throttled)), backoff, middle).kind, AfterSend::resend);
}

TEST(Resend, ARefusalForGoodFailsWithItsCode) {
  EXPECT_EQ(code_of(failed(Errc::permission_denied)), Errc::permission_denied);
  EXPECT_EQ(code_of(failed(Errc::message_too_large)), Errc::message_too_large);
}

TEST(Resend, ARefusalForGoodDoesNotProveAnEarlierSendingAbsent) {
  EXPECT_EQ(code_of(maybe_stored(failed(Errc::not_found))), Errc::outcome_unknown);
  EXPECT_EQ(code_of(maybe_stored(failed(Errc::message_too_large))), Errc::outcome_unknown);
}

TEST(Resend, TheOvertakenIsNeverSentAgain) {
  EXPECT_EQ(code_of(overtaken(failed(Errc::unavailable))), Errc::unavailable);
  EXPECT_EQ(code_of(overtaken(failed(Errc::outcome_unknown))), Errc::outcome_unknown);
  EXPECT_EQ(code_of(overtaken(maybe_stored(failed(Errc::unavailable)))), Errc::outcome_unknown);
}

TEST(Resend, FailsAtOnceWhenTheNextSendingWouldMissTheDeadline) {
  EXPECT_EQ(code_of(last_moment(failed(Errc::unavailable))), Errc::timed_out);
  EXPECT_EQ(code_of(last_moment(failed(Errc::outcome_unknown))), Errc::outcome_unknown);
  EXPECT_EQ(code_of(last_moment(maybe_stored(failed(Errc::throttled)))), Errc::outcome_unknown);
  SendFailure in_time = failed(Errc::unavailable);
  in_time.deadline = start + 101ms;
  EXPECT_EQ(after_send(in_time, backoff, middle).kind, AfterSend::resend);
}

// A server that comes late finds it still waiting.
TEST(Resend, TheLastSendingIsAsLateAsItCanBe) {
  SendFailure failure = failed(Errc::unavailable);
  failure.sends = 9;  // a back-off of 1 s
  for (const auto left : {200ms, 600ms, 1'000ms}) {
    failure.deadline = start + left;
    const AfterSend after = after_send(failure, backoff, middle);
    EXPECT_EQ(after.kind, AfterSend::resend);
    EXPECT_EQ(after.when, failure.deadline - backoff.min);
  }
  failure.deadline = start + 199ms;
  EXPECT_EQ(code_of(failure), Errc::timed_out);
}

TEST(Resend, ADeadlineAtTheEndOfTimeIsNotPassed) {
  SendFailure failure = failed(Errc::unavailable);
  failure.deadline = TimePoint::max();
  EXPECT_EQ(after_send(failure, backoff, middle).kind, AfterSend::resend);
}

TEST(Resend, AtTheDeadline) {
  EXPECT_EQ(at_deadline(false), Errc::timed_out);
  EXPECT_EQ(at_deadline(true), Errc::outcome_unknown);
}

// What must hold whatever comes together.
TEST(Resend, NeverBreaksTheOrderNorDeniesAMessageThatMayBeThere) {
  std::mt19937 random(1);
  int resends = 0;
  for (int i = 0; i < 50'000; ++i) {
    SendFailure failure = failed(static_cast<Errc>(1 + random() % static_cast<unsigned>(Errc::internal)));
    failure.overtaken = random() % 4 == 0;
    failure.may_resend = random() % 4 != 0;
    failure.maybe_stored = failure.may_resend && random() % 4 == 0;
    failure.sends = 1 + static_cast<std::uint32_t>(random() % 8);
    failure.deadline = start + Millis{random() % 2'000} - 100ms;
    const AfterSend after = after_send(failure, backoff, static_cast<double>(random()) / 4294967296.0);
    const bool may_be_there = failure.maybe_stored || failure.code == Errc::outcome_unknown;
    if (after.kind == AfterSend::resend) {
      ++resends;
      ASSERT_FALSE(failure.overtaken);
      ASSERT_TRUE(is_retryable(failure.code));
      ASSERT_TRUE(failure.may_resend || !may_be_there);
      ASSERT_GE(after.when, start + backoff.min);
      ASSERT_LT(after.when, failure.deadline);
    } else {
      ASSERT_EQ(after.code == Errc::outcome_unknown, may_be_there) << to_string(failure.code);
      ASSERT_NE(after.code, Errc::ok);
    }
  }
  EXPECT_GT(resends, 1'000);
}

}  // namespace
}  // namespace ductape::policy
