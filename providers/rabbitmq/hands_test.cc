// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/hands.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::rabbitmq {
namespace {

void come(Hands& hands, std::uint64_t first, std::uint64_t last) {
  for (auto delivery = first; delivery <= last; ++delivery)
    hands.came(
        {.delivery = delivery, .content = std::make_shared<Content>(amqp_basic_properties_t{}, std::string_view(), 0)});
}

/// "3*" for all up to 3, "5" for 5 alone.
std::string acked(Hands& hands, std::vector<std::uint64_t> deliveries) {
  std::string frames, text;
  hands.write_acks(frames, 1, deliveries);
  FrameReader reader;
  reader.read(frames, [&](const amqp_frame_t& frame) {
    const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
    text += (text.empty() ? "" : " ") + std::to_string(ack.delivery_tag) + (ack.multiple != 0 ? "*" : "");
    return true;
  });
  return text;
}

TEST(Hands, AreHandedOutInOrderUnderTagsOfTheirOwn) {
  Hands hands;
  come(hands, 1, 3);
  const auto first = hands.hand_out();
  const auto second = hands.hand_out();
  EXPECT_EQ(first->second.delivery, 1u);
  hands.put_back(*hands.take(first->first));
  const auto again = hands.hand_out();
  EXPECT_EQ(again->second.delivery, 1u) << "in its place";
  EXPECT_NE(again->first, first->first);
  EXPECT_FALSE(hands.take(first->first)) << "a tag is used once";
  EXPECT_TRUE(hands.take(second->first));
}

TEST(Hands, OneAckForAllBelowWhichNothingIsOpen) {
  Hands hands;
  come(hands, 1, 8);
  EXPECT_EQ(acked(hands, {2, 1}), "2*");
  EXPECT_EQ(acked(hands, {4, 5}), "4 5") << "3 is open";
  EXPECT_EQ(acked(hands, {3, 7}), "3* 7");
  std::string frames;
  hands.write_requeue(frames, 1, 6);
  EXPECT_EQ(acked(hands, {8}), "8*") << "what went back is not open";
}

TEST(Hands, CountThoseThatCameSinceAMark) {
  Hands hands;
  come(hands, 1, 3);
  EXPECT_EQ(hands.since_mark(), 3u);
  hands.mark();
  EXPECT_EQ(hands.since_mark(), 0u);
  come(hands, 4, 6);
  EXPECT_EQ(acked(hands, {2, 5}), "2 5");
  EXPECT_EQ(hands.since_mark(), 2u);
  const auto out = hands.hand_out();
  hands.put_back(*hands.take(out->first));
  EXPECT_EQ(hands.since_mark(), 2u) << "what waits again is still ours";
  std::string frames;
  hands.write_requeue(frames, 1, 6);
  EXPECT_EQ(hands.since_mark(), 1u);
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq
