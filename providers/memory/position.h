// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "providers/memory/message.h"

namespace ductape::inline v0::memory {

/// The time from which a new group reads: "latest" is the end of all times, "earliest" their beginning, else an RFC
/// 3339 time. Errors: `invalid_argument`.
Result<driver::WallTime> start_time(std::string_view from);

/// The sequence of the first message of `log` at "earliest", "latest", a time or a message's position. Errors:
/// `invalid_argument`.
Result<std::uint64_t> sequence_at(std::string_view position, const std::vector<MessagePtr>& log);

}  // namespace ductape::inline v0::memory
