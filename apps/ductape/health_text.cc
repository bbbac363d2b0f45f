// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/health_text.h"

#include <optional>

#include <ductape/units.hpp>

#include "apps/ductape/body_text.h"
#include "apps/ductape/table.h"

namespace ductape::cli {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

std::optional<milliseconds> age(const HealthItem& item, Time now) {
  if (!item.last_answer) return std::nullopt;
  return std::max(std::chrono::duration_cast<milliseconds>(now - *item.last_answer), milliseconds(0));
}

}  // namespace

std::string_view text(HealthState state) noexcept {
  switch (state) {
    case HealthState::green:
      return "green";
    case HealthState::degraded:
      return "degraded";
    case HealthState::red:
      return "red";
  }
  return "";
}

std::string health_json(const Health& health, Time now) {
  std::string out = "{\"state\":";
  append_quoted(out, text(health.state));
  out += ",\"items\":[";
  for (const auto& item : health.items) {
    append_quoted(out += out.back() == '[' ? "{\"what\":" : ",{\"what\":", item.what);
    append_quoted(out += ",\"state\":", text(item.state));
    append_quoted_or_null(out += ",\"reason\":", item.reason);
    const auto since = age(item, now);
    out += ",\"last_answer_ms_ago\":" + (since ? std::to_string(since->count()) : "null") + "}";
  }
  return out + "]}";
}

std::string health_table(const Health& health, Time now) {
  std::vector<Row> rows;
  for (const auto& item : health.items) {
    const auto since = age(item, now);
    rows.push_back({short_text(item.what, std::string::npos), std::string(text(item.state)),
                    since ? format_duration(*since) + " ago" : "", short_text(item.reason, std::string::npos)});
  }
  return (rows.empty() ? "" : table({"WHAT", "STATE", "LAST ANSWER", "REASON"}, rows)) +
         std::string(text(health.state)) + "\n";
}

}  // namespace ductape::cli
