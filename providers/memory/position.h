// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "providers/memory/message.h"

namespace ductape::inline v0::memory {

/// The time from which a new group reads: "latest" is the end of all times, "earliest" their beginning, else an RFC
/// 3339 time. Errors: `invalid_argument`.
Result<driver::WallTime> start_time(std::string_view from);

/// A place in a topic.
struct Start {
  std::uint64_t sequence = 1;                        ///< of the first message from there on
  driver::WallTime since = driver::WallTime::min();  ///< for messages that are in no log
};
/// The place in `log` of "earliest", "latest", a time or a message's position. Errors: `invalid_argument`.
Result<Start> start_at(std::string_view position, const std::vector<MessagePtr>& log);

}  // namespace ductape::inline v0::memory
