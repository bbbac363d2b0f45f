// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/position.h"

#include <algorithm>
#include <charconv>

#include <ductape/units.hpp>

namespace ductape::inline v0::memory {

Result<driver::WallTime> start_time(std::string_view from) {
  if (from == "latest") return driver::WallTime::max();
  if (from == "earliest") return driver::WallTime::min();
  return parse_time(from);
}

Result<Start> start_at(std::string_view position, const std::vector<MessagePtr>& log) {
  std::uint64_t number = 0;
  const auto* end = position.data() + position.size();
  if (const auto read = std::from_chars(position.data(), end, number); read.ec == std::errc{} && read.ptr == end) {
    const auto first =
        std::find_if(log.begin(), log.end(), [&](const MessagePtr& message) { return message->sequence >= number; });
    return Start{number, first == log.end() ? driver::WallTime::max() : (*first)->accepted};
  }
  const auto time = start_time(position);
  if (!time) return time.error();
  const auto first =
      std::find_if(log.begin(), log.end(), [&](const MessagePtr& message) { return message->accepted >= *time; });
  if (first != log.end()) return Start{(*first)->sequence, *time};
  return Start{log.empty() ? 1 : log.back()->sequence + 1, *time};
}

}  // namespace ductape::inline v0::memory
