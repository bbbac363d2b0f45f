// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "providers/kafka/admin.h"
#include "providers/kafka/progress.h"
#include "providers/kafka/reader.h"

namespace ductape::inline v0::kafka {

/// One partition, as long as this member has it.
struct Partition {
  enum class State : std::uint8_t {
    starting,   ///< it is being written down that it starts
    active,     ///< messages go out
    draining,   ///< it goes to another member when those that are out have their outcomes
    finishing,  ///< the last commit is to be made
    finished,
  };
  struct Returned {
    std::shared_ptr<const Arrived> message = {};
    std::uint32_t failures = 0;
    driver::WallTime first_failure = {};
  };

  TopicPartition at;
  std::uint32_t scope = 0;
  driver::Role role = driver::Role::main;
  std::int32_t owner = 0;   ///< the topic's partition that it came with and goes with
  driver::Millis waits{0};  ///< how long its messages wait at least, from when they were written
  QueuePtr queue = {};      ///< of the library; none: nothing is fetched
  State state = State::active;
  std::optional<Progress> progress = {};  ///< a broadcast has none
  std::deque<std::shared_ptr<const Arrived>> fetched = {};
  std::map<std::int64_t, Returned> returned = {};  ///< go out again, before what was fetched
  bool dry = false;                                ///< nothing came when it was last asked for, which was just now
  std::vector<std::pair<std::int64_t, driver::Tag>> acking = {};  ///< finished, and not known to be committed
  Standing committing = {};
  bool in_commit = false, last_commit = false, released = false;
  driver::Deadline finish_by = driver::Deadline::max();
  std::int64_t next = 0;   ///< behind the last that was fetched
  std::int64_t freed = 0;  ///< of dead letters: below it the log may be cut

  [[nodiscard]] const Arrived* head() const {
    if (!returned.empty() && (fetched.empty() || returned.begin()->first < fetched.front()->offset))
      return returned.begin()->second.message.get();
    return fetched.empty() ? nullptr : fetched.front().get();
  }
};

}  // namespace ductape::inline v0::kafka
