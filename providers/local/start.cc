// SPDX-License-Identifier: Apache-2.0
#include "providers/local/start.h"

#include <algorithm>
#include <charconv>

#include <ductape/units.hpp>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {

Result<std::int64_t> start_offset(Log& log, const Topic& topic, std::string_view from) {
  const auto head = log.head(topic);
  if (from.empty() || from == "latest") return head;
  if (from == "earliest") return topic.floor;
  std::int64_t offset = 0;
  const auto [end, code] = std::from_chars(from.data(), from.data() + from.size(), offset);
  if (code == std::errc() && end == from.data() + from.size()) return std::clamp(offset - 1, topic.floor, head);
  const auto time = parse_time(from);
  if (!time)
    return failure(Errc::invalid_argument, "\"" + std::string(from) + "\" is no place in a topic",
                   "latest, earliest, a time such as 2026-11-21T10:11:12Z, or a position");
  using std::chrono::milliseconds;
  return log.before(topic, std::chrono::ceil<milliseconds>(time->time_since_epoch()).count());
}

}  // namespace ductape::inline v0::local
