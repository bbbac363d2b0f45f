// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/local/start.h"
#include "providers/local/tables.h"

namespace ductape::inline v0::local {

/// Where the messages of a group are.
struct Standing {
  std::int64_t fresh = 0;                 ///< behind the cursor
  std::int64_t waiting = 0;               ///< to be handed out again
  std::int64_t in_flight = 0;             ///< handed out
  std::int64_t parked = 0;                ///< of those that wait: due later
  std::vector<std::int64_t> oldest = {};  ///< positions, of which one is the oldest message's

  [[nodiscard]] std::int64_t all() const { return fresh + waiting + in_flight; }
};
/// Walks over all rows of the group.
Standing standing_of(Tables& tables, const Topic& topic, const Group& group, std::int64_t now);

/// The group that reads a group's dead letters, if there are any to read.
struct DeadLetters {
  Topic topic;
  Group group;
};
std::optional<DeadLetters> dead_letters_of(Tables& tables, std::string_view tag, std::string_view group);
/// How many lie there, those that are being read included.
std::int64_t count_dead(Tables& tables, std::string_view tag, std::string_view group);

/// A `conflict` that names one of the processes whose members the group has.
Result<void> check_unused(Tables& tables, const Group& group, const std::string& native, std::string_view name,
                          std::int64_t now);

/// The last offset of the topic up to which the group has finished.
std::int64_t finished(Tables& tables, const Topic& topic, const Group& group);

/// Members whose lease is over leave; what they held waits. Whether there were any.
bool bury(Tables& tables, const Group& group, std::int64_t now);

/// Lets a group go on at another place: what it skips is lost, what it repeats waits again. Nothing of it may be in
/// anyone's hands.
void restart(Tables& tables, const Topic& topic, std::string_view tag, std::string_view name, const Group& group,
             const Start& start);

}  // namespace ductape::inline v0::local
