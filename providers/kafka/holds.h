// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>

#include <optional>
#include <vector>

#include "providers/kafka/envelope.h"

namespace ductape::inline v0::kafka {

/// A message that is handed out.
struct Hold {
  std::uint32_t scope = 0;
  std::shared_ptr<const Arrived> message = {};
  std::uint32_t failures = 0;
  driver::WallTime first_failure = {};
};

/// What a session has handed out, by tag. A place is used again under another tag, so that a message costs no memory of
/// its own.
class Holds {
 public:
  driver::Tag add(Hold one) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(places_.size()));
      places_.emplace_back();
    }
    const auto at = free_.back();
    free_.pop_back();
    auto& place = places_[at];
    bytes_ += one.message->body.size();
    place.hold = std::move(one);
    if (++uses_ == 0) ++uses_;
    return place.tag = (driver::Tag{uses_} << 32) | at;
  }
  std::optional<Hold> take(driver::Tag tag) {
    const auto at = static_cast<std::uint32_t>(tag);
    if (tag == 0 || at >= places_.size() || places_[at].tag != tag) return std::nullopt;
    bytes_ -= places_[at].hold.message->body.size();
    places_[at].tag = 0;
    free_.push_back(at);
    return std::move(places_[at].hold);
  }
  void clear() {
    places_.clear();
    free_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return places_.size() - free_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  template <class Each>
  void for_each(Each each) const {
    for (const auto& place : places_)
      if (place.tag != 0) each(place.tag, place.hold);
  }

 private:
  struct Place {
    driver::Tag tag = 0;  // 0: it is free
    Hold hold = {};
  };
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::uint32_t uses_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace ductape::inline v0::kafka
