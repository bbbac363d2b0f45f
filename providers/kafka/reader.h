// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>

#include <map>

#include "providers/kafka/envelope.h"
#include "providers/kafka/session_end.h"

namespace ductape::inline v0::kafka {

/// One session of the pipeline on a member: its window, and what it has handed out. All in the member's thread but
/// `end`.
struct Reader {
  struct Hold {
    std::uint32_t scope = 0;
    std::shared_ptr<const Arrived> message = {};
    std::uint32_t failures = 0;
    driver::WallTime first_failure = {};
  };

  Reader(driver::ConsumeSink& to, driver::Role what) : sink(to), role(what) {}

  [[nodiscard]] bool has_room() const {
    return !stopping && held.size() < credit_messages && (held.empty() || held_bytes < credit_bytes);
  }
  driver::Tag hold(Hold one) {
    held_bytes += one.message->body.size();
    held.emplace(++last_tag, std::move(one));
    return last_tag;
  }
  std::optional<Hold> take(driver::Tag tag) {
    auto found = held.extract(tag);
    if (!found) return std::nullopt;
    held_bytes -= found.mapped().message->body.size();
    return std::move(found.mapped());
  }
  [[nodiscard]] std::vector<driver::Tag> tags_of(std::uint32_t scope) const {
    std::vector<driver::Tag> tags;
    for (const auto& [tag, one] : held)
      if (one.scope == scope) tags.push_back(tag);
    return tags;
  }

  driver::ConsumeSink& sink;
  const driver::Role role;
  std::map<driver::Tag, Hold> held;  // no outcome yet
  std::size_t held_bytes = 0, credit_messages = 0, credit_bytes = 0;
  driver::Tag last_tag = 0;
  bool stopping = false, ended = false;
  driver::Deadline stop_at = driver::Deadline::max();
  SessionEnd end;
};

}  // namespace ductape::inline v0::kafka
