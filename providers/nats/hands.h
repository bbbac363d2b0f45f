// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::nats {

struct Arrived;

/// What a consumer has handed out, with its own view of the leases: JetStream takes a late ack for the ack of whoever
/// has the message now, so that it must not be sent. Not thread-safe.
class Hands {
 public:
  enum class State : std::uint8_t { held, acking, returning };
  struct Hand {
    std::string_view ack_subject = {};  ///< of `message`
    std::uint64_t sequence = 0;
    std::shared_ptr<const Arrived> message = {};
    std::size_t bytes = 0;
    driver::Deadline lease = {};
    State state = State::held;
  };

  driver::Tag add(Hand hand);
  /// Null if there is none of that tag.
  Hand* find(driver::Tag tag);
  /// Who has the message of that sequence.
  [[nodiscard]] std::optional<driver::Tag> holder(std::uint64_t sequence) const;
  void remove(driver::Tag tag);
  /// Those without an outcome whose lease is over, which are removed.
  std::vector<driver::Tag> expire(driver::Deadline now);
  /// All without an outcome, in the order of the stream.
  [[nodiscard]] std::vector<driver::Tag> held() const;
  void settling(Hand& hand, State state);
  void held_again(Hand& hand);

  [[nodiscard]] bool empty() const { return hands_.empty(); }
  /// Without an outcome: how many, and their bodies.
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::unordered_map<driver::Tag, Hand> hands_;
  std::map<std::uint64_t, driver::Tag> by_sequence_;
  driver::Tag last_ = 0;
  std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace ductape::inline v0::nats
