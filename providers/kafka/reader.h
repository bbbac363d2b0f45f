// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/holds.h"
#include "providers/kafka/session_end.h"

namespace ductape::inline v0::kafka {

/// One session of the pipeline on a member: its window, and what it has handed out. All in the member's thread but
/// `end`.
struct Reader {
  Reader(driver::ConsumeSink& to, driver::Role what) : sink(to), role(what) {}

  [[nodiscard]] bool has_room() const {
    return !stopping && held.size() < credit_messages && (held.empty() || held.bytes() < credit_bytes);
  }
  [[nodiscard]] std::vector<driver::Tag> tags_of(std::uint32_t scope) const {
    std::vector<driver::Tag> tags;
    held.for_each([&](driver::Tag tag, const Hold& one) {
      if (one.scope == scope) tags.push_back(tag);
    });
    return tags;
  }

  driver::ConsumeSink& sink;
  const driver::Role role;
  Holds held;  // no outcome yet
  std::size_t credit_messages = 0, credit_bytes = 0;
  bool stopping = false, ended = false;
  driver::Deadline stop_at = driver::Deadline::max();
  SessionEnd end;
};

}  // namespace ductape::inline v0::kafka
