// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/prometheus_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>

namespace ductape::cli {
namespace {

using Value = std::optional<double>;

struct Metric {
  std::string_view name, type, help;
  Value (*value)(const GroupStatus& status);
};

template <auto Member>
Value count(const GroupStatus& status) {
  const auto& value = status.*Member;
  return value ? Value(static_cast<double>(*value)) : Value();
}

Value oldest(const GroupStatus& status) {
  if (!status.oldest_age) return std::nullopt;
  return std::chrono::duration<double>(*status.oldest_age).count();
}

using S = GroupStatus;
constexpr std::array topic_metrics{
    Metric{"ductape_published_total", "counter", "Messages that the provider confirmed.", count<&S::published>},
    Metric{"ductape_resent_total", "counter", "Sends of a message beyond its first.", count<&S::resent>},
    Metric{"ductape_published_per_second", "gauge", "Confirmed messages a second, of the last ten.",
           count<&S::published_rate>},
};
constexpr std::array group_metrics{
    Metric{"ductape_group_waiting", "gauge", "Messages not handed out, parked ones included.", count<&S::waiting>},
    Metric{"ductape_group_in_flight", "gauge", "Messages handed out without an outcome yet.", count<&S::in_flight>},
    Metric{"ductape_group_parked", "gauge", "Messages that wait for their next attempt.", count<&S::parked>},
    Metric{"ductape_group_lag", "gauge", "Messages neither done nor dead.", count<&S::lag>},
    Metric{"ductape_group_oldest_age_seconds", "gauge", "Age of the oldest of them.", oldest},
    Metric{"ductape_group_dead_letters", "gauge", "Messages in the dead letters.", count<&S::dead>},
    Metric{"ductape_group_done_total", "counter", "Messages that a handler was done with.", count<&S::done>},
    Metric{"ductape_group_failed_attempts_total", "counter", "Attempts that ended badly.", count<&S::failed>},
    Metric{"ductape_group_dead_lettered_total", "counter", "Messages that became dead letters.",
           count<&S::dead_lettered>},
    Metric{"ductape_group_lost_outcomes_total", "counter", "Outcomes that the provider no longer honoured.",
           count<&S::lost>},
    Metric{"ductape_group_data_loss_total", "counter", "Messages that left the group without an outcome.",
           count<&S::data_loss>},
    Metric{"ductape_group_done_per_second", "gauge", "Messages done a second, of the last ten.", count<&S::done_rate>},
};

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "" : ",").append(name).append("=\"");
  for (const char c : value)
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out.append({'\\', c});
    else
      out.push_back(c);
  out.push_back('"');
}

std::string written(double value) {
  std::array<char, 32> text{};
  // A count of a billion is easier to read with its zeros.
  constexpr double exact = 9e15;
  const bool whole = value == std::floor(value) && value < exact;
  auto* const last = text.data() + text.size();
  const auto end = whole ? std::to_chars(text.data(), last, static_cast<std::uint64_t>(value)).ptr
                         : std::to_chars(text.data(), last, value).ptr;
  return {text.data(), end};
}

void append(std::string& out, const Metric& metric, std::span<const GroupStatus> groups, bool of_group) {
  std::string lines;
  std::set<std::string> seen;
  for (const auto& status : groups) {
    const auto value = metric.value(status);
    if (!value) continue;
    std::string line = std::string(metric.name) + "{";
    append_label(line, "product", status.definition.product);
    append_label(line, "env", status.env);
    append_label(line, "event", status.definition.event);
    if (of_group) append_label(line, "group", status.definition.name);
    line += "}";
    // A topic stands there once, whatever the number of its groups.
    if (seen.insert(line).second) lines += line + " " + written(*value) + "\n";
  }
  if (lines.empty()) return;
  for (const auto& [word, text] : {std::pair("HELP", metric.help), {"TYPE", metric.type}})
    out.append("# ").append(word).append(" ").append(metric.name).append(" ").append(text).append("\n");
  out += lines;
}

}  // namespace

std::string prometheus_text(std::span<const GroupStatus> groups) {
  std::string out;
  for (const auto& metric : topic_metrics) append(out, metric, groups, false);
  for (const auto& metric : group_metrics) append(out, metric, groups, true);
  return out;
}

}  // namespace ductape::cli
