// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/hands.h"

namespace ductape::inline v0::nats {

driver::Tag Hands::add(Hand hand) {
  const auto tag = ++last_;
  by_sequence_[hand.sequence] = tag;
  ++count_;
  bytes_ += hand.bytes;
  hands_.emplace(tag, std::move(hand));
  return tag;
}

Hands::Hand* Hands::find(driver::Tag tag) {
  const auto found = hands_.find(tag);
  return found == hands_.end() ? nullptr : &found->second;
}

std::optional<driver::Tag> Hands::holder(std::uint64_t sequence) const {
  const auto found = by_sequence_.find(sequence);
  return found == by_sequence_.end() ? std::nullopt : std::optional(found->second);
}

void Hands::remove(driver::Tag tag) {
  const auto found = hands_.find(tag);
  if (found == hands_.end()) return;
  settling(found->second, State::acking);
  if (const auto by = by_sequence_.find(found->second.sequence); by != by_sequence_.end() && by->second == tag)
    by_sequence_.erase(by);
  hands_.erase(found);
}

std::vector<driver::Tag> Hands::expire(driver::Deadline now) {
  std::vector<driver::Tag> over;
  for (const auto& [tag, hand] : hands_)
    if (hand.state == State::held && hand.lease <= now) over.push_back(tag);
  for (const auto tag : over) remove(tag);
  return over;
}

std::vector<driver::Tag> Hands::held() const {
  std::vector<driver::Tag> all;
  for (const auto& [sequence, tag] : by_sequence_)
    if (hands_.at(tag).state == State::held) all.push_back(tag);
  return all;
}

void Hands::settling(Hand& hand, State state) {
  if (hand.state == State::held) {
    --count_;
    bytes_ -= hand.bytes;
  }
  hand.state = state;
}

void Hands::held_again(Hand& hand) {
  if (hand.state == State::held) return;
  hand.state = State::held;
  ++count_;
  bytes_ += hand.bytes;
}

}  // namespace ductape::inline v0::nats
