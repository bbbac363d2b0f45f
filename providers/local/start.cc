// SPDX-License-Identifier: Apache-2.0
#include "providers/local/start.h"

#include <algorithm>
#include <charconv>

#include <ductape/units.hpp>

#include "providers/local/errors.h"

namespace ductape::inline v0::local {

Result<Start> find_start(Log& log, const Topic& topic, std::string_view from) {
  const auto head = log.head(topic);
  if (from.empty() || from == "latest") return Start{.offset = head, .since = INT64_MAX};
  if (from == "earliest") return Start{.offset = topic.floor, .since = 0};
  std::int64_t offset = 0;
  const auto [end, code] = std::from_chars(from.data(), from.data() + from.size(), offset);
  if (code == std::errc() && end == from.data() + from.size()) {
    const auto before = std::clamp(offset - 1, topic.floor, head);
    return Start{.offset = before, .since = log.time(topic.id, before + 1).value_or(INT64_MAX)};
  }
  const auto time = parse_time(from);
  if (!time)
    return failure(Errc::invalid_argument, "\"" + std::string(from) + "\" is no place in a topic",
                   "latest, earliest, a time such as 2026-11-21T10:11:12Z, or a position");
  using std::chrono::milliseconds;
  const std::int64_t since = std::chrono::ceil<milliseconds>(time->time_since_epoch()).count();
  return Start{.offset = log.before(topic, since), .since = since};
}

}  // namespace ductape::inline v0::local
