// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/hands.h"

#include "providers/rabbitmq/methods.h"

namespace ductape::inline v0::rabbitmq {

void Hands::came(Hand hand) {
  const auto size = hand.content->body().size();
  youngest_count_ = hand.handed_out;
  youngest_ = hand.delivery;
  ++since_mark_;
  usual_bytes_ = usual_bytes_ == 0 ? size : (usual_bytes_ * 7 + size) / 8;
  if (hand.delivery >= first_open_ && hand.delivery - first_open_ >= settled_.size())
    settled_.resize(hand.delivery - first_open_ + 1, false);
  put_back(std::move(hand));
}

std::optional<std::pair<driver::Tag, Hand>> Hands::hand_out() {
  if (waiting_.empty()) return std::nullopt;
  const auto tag = ++last_tag_;
  auto hand = std::move(waiting_.extract(waiting_.begin()).mapped());
  held_bytes_ += hand.content->body().size();
  held_.emplace(tag, hand);
  return std::pair(tag, std::move(hand));
}

std::optional<Hand> Hands::take(driver::Tag tag) {
  auto held = held_.extract(tag);
  if (!held) return std::nullopt;
  held_bytes_ -= held.mapped().content->body().size();
  return std::move(held.mapped());
}

std::unordered_map<driver::Tag, Hand> Hands::take_held() {
  held_bytes_ = 0;
  return std::exchange(held_, {});
}

void Hands::mark() {
  mark_ = youngest_;
  since_mark_ = 0;
}

void Hands::settled(std::uint64_t delivery) {
  if (delivery > mark_) --since_mark_;
  if (delivery >= first_open_ && delivery - first_open_ < settled_.size()) settled_[delivery - first_open_] = true;
}

void Hands::write_acks(std::string& frames, std::uint16_t channel, std::span<const std::uint64_t> deliveries) {
  for (const auto delivery : deliveries) settled(delivery);
  while (!settled_.empty() && settled_.front()) {
    settled_.pop_front();
    ++first_open_;
  }
  std::uint64_t together = 0;
  for (const auto delivery : deliveries)
    if (delivery < first_open_) together = std::max(together, delivery);
  if (together != 0) method::ack(frames, channel, together, true);
  for (const auto delivery : deliveries)
    if (delivery > together) method::ack(frames, channel, delivery, false);
}

void Hands::write_requeue(std::string& frames, std::uint16_t channel, std::uint64_t delivery) {
  settled(delivery);
  method::requeue(frames, channel, delivery);
}

}  // namespace ductape::inline v0::rabbitmq
