// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include <ductape/driver/consumer.hpp>

#include "providers/rabbitmq/envelope.h"

namespace ductape::inline v0::rabbitmq {

/// A message that the server counts as ours.
struct Hand {
  std::uint64_t delivery = 0;  ///< the server's number of it, on this channel
  std::uint32_t handed_out = 1;
  std::shared_ptr<Content> content = {};
};

/// What a channel has of its queue: messages that wait to be handed out, and those that are. Which of the server's
/// numbers are settled, so that many can be acked at once: all up to one are, if none below it is open.
class Hands {
 public:
  void came(Hand hand);
  /// What came first, and its new tag; empty if nothing waits.
  std::optional<std::pair<driver::Tag, Hand>> hand_out();
  /// Takes it out of what is handed out.
  std::optional<Hand> take(driver::Tag tag);
  /// It waits again, in its place.
  void put_back(Hand hand) { waiting_.emplace(hand.delivery, std::move(hand)); }
  std::map<std::uint64_t, Hand> take_waiting() { return std::exchange(waiting_, {}); }
  std::unordered_map<driver::Tag, Hand> take_held();

  /// Writes the acks of messages that were taken: one for all where that is possible.
  void write_acks(std::string& frames, std::uint16_t channel, std::span<const std::uint64_t> deliveries);
  /// Writes that one goes back to the queue.
  void write_requeue(std::string& frames, std::uint16_t channel, std::uint64_t delivery);

  /// Those that came until now are of consumers that are no more.
  void mark();
  /// Those that came since and that the server still counts as ours.
  [[nodiscard]] std::size_t since_mark() const { return since_mark_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  /// How often the one that came last was handed out; 0 if none came.
  [[nodiscard]] std::uint32_t youngest_count() const { return youngest_count_; }
  [[nodiscard]] std::size_t usual_bytes() const { return usual_bytes_; }

 private:
  void settled(std::uint64_t delivery);

  std::map<std::uint64_t, Hand> waiting_;
  std::unordered_map<driver::Tag, Hand> held_;
  std::size_t held_bytes_ = 0, usual_bytes_ = 0;
  driver::Tag last_tag_ = 0;
  std::uint32_t youngest_count_ = 0;
  std::deque<bool> settled_;  // of the numbers from `first_open_` on
  std::uint64_t first_open_ = 1;
  std::uint64_t youngest_ = 0, mark_ = 0;
  std::size_t since_mark_ = 0;
};

}  // namespace ductape::inline v0::rabbitmq
