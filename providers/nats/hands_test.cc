// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/hands.h"

#include <gtest/gtest.h>

#include "providers/nats/attempts.h"
#include "providers/nats/owner_lease.h"

namespace ductape::inline v0::nats {
namespace {

using namespace std::chrono_literals;
using Tags = std::vector<driver::Tag>;

const driver::Deadline start = driver::Deadline() + 1h;

TEST(Hands, CountWhatHasNoOutcome) {
  Hands hands;
  const auto one = hands.add({.sequence = 1, .bytes = 10, .lease = start + 1s});
  const auto two = hands.add({.sequence = 2, .bytes = 5, .lease = start + 1s});
  EXPECT_EQ(hands.count(), 2u);
  EXPECT_EQ(hands.bytes(), 15u);
  hands.settling(*hands.find(one), Hands::State::acking);
  EXPECT_EQ(hands.count(), 1u);
  EXPECT_EQ(hands.bytes(), 5u);
  hands.held_again(*hands.find(one));
  EXPECT_EQ(hands.count(), 2u);
  hands.remove(one);
  hands.remove(one);
  EXPECT_EQ(hands.count(), 1u);
  EXPECT_EQ(hands.held(), Tags{two});
}

TEST(Hands, LeasesOfWhatHasNoOutcomeEnd) {
  Hands hands;
  const auto early = hands.add({.sequence = 1, .lease = start + 1s});
  const auto acking = hands.add({.sequence = 2, .lease = start + 1s});
  hands.add({.sequence = 3, .lease = start + 2s});
  hands.settling(*hands.find(acking), Hands::State::acking);
  EXPECT_EQ(hands.expire(start), Tags{});
  EXPECT_EQ(hands.expire(start + 1s), Tags{early});
  EXPECT_EQ(hands.find(early), nullptr);
  EXPECT_NE(hands.find(acking), nullptr);
}

TEST(Hands, TheLastDeliveryOfAMessageHoldsIt) {
  Hands hands;
  const auto first = hands.add({.sequence = 7});
  const auto second = hands.add({.sequence = 7});
  EXPECT_NE(first, second);
  EXPECT_EQ(hands.holder(7), second);
  hands.remove(first);
  EXPECT_EQ(hands.holder(7), second);
  hands.remove(second);
  EXPECT_EQ(hands.holder(7), std::nullopt);
}

TEST(OwnerWatch, ALeaseIsOverWhenItsRevisionStood) {
  OwnerWatch watch;
  EXPECT_FALSE(watch.free());
  EXPECT_FALSE(watch.over(start));
  watch.seen(4, "a", 10s, start);
  EXPECT_FALSE(watch.free());
  watch.seen(4, "a", 10s, start + 9s);
  EXPECT_FALSE(watch.over(start + 9s));
  EXPECT_TRUE(watch.over(start + 10s));
  watch.seen(5, "a", 10s, start + 10s);  // it lives
  EXPECT_FALSE(watch.over(start + 19s));
  watch.seen(6, "", 0s, start + 19s);  // it left
  EXPECT_TRUE(watch.free());
  EXPECT_FALSE(watch.over(start + 1h));
}

TEST(OwnerWatch, WithoutAnAnswerNothingIsKnown) {
  OwnerWatch watch;
  EXPECT_FALSE(see_owner(watch, Error{.code = Errc::unavailable, .message = "down"}, start));
  EXPECT_FALSE(watch.free());
  EXPECT_TRUE(see_owner(watch, Error{.code = Errc::not_found, .message = "none"}, start));
  EXPECT_TRUE(watch.free());
  EXPECT_EQ(watch.revision(), 0u);
}

TEST(Attempts, AreKnownUntilForgotten) {
  Attempts attempts;
  attempts.keep("c", 7, {.times = 2});
  EXPECT_EQ(attempts.of("c", 7).times, 2u);
  EXPECT_EQ(attempts.of("c", 8).times, 0u);
  EXPECT_EQ(attempts.of("d", 7).times, 0u);
  attempts.forget("c", 7);
  EXPECT_EQ(attempts.of("c", 7).times, 0u);
  attempts.keep("c", 9, {.times = 1});
  attempts.forget("c");
  EXPECT_EQ(attempts.of("c", 9).times, 0u);
}

}  // namespace
}  // namespace ductape::inline v0::nats
