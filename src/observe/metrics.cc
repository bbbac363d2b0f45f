// SPDX-License-Identifier: Apache-2.0
#include <ductape/metrics.hpp>

#include <array>
#include <set>
#include <tuple>

namespace ductape::inline v0 {
namespace {

using Kind = Metric::Kind;
using Value = std::optional<double>;

struct Measure {
  std::string_view name, help;
  Kind kind;
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
constexpr std::array of_topics{
    Measure{"ductape_published_total", "Messages that the provider confirmed.", Kind::counter, count<&S::published>},
    Measure{"ductape_resent_total", "Sends of a message beyond its first.", Kind::counter, count<&S::resent>},
    Measure{"ductape_published_per_second", "Confirmed messages a second, of the last ten.", Kind::gauge,
            count<&S::published_rate>},
};
constexpr std::array of_groups{
    Measure{"ductape_group_waiting", "Messages not handed out, parked ones included.", Kind::gauge, count<&S::waiting>},
    Measure{"ductape_group_in_flight", "Messages handed out without an outcome yet.", Kind::gauge,
            count<&S::in_flight>},
    Measure{"ductape_group_parked", "Messages that wait for their next attempt.", Kind::gauge, count<&S::parked>},
    Measure{"ductape_group_lag", "Messages neither done nor dead.", Kind::gauge, count<&S::lag>},
    Measure{"ductape_group_oldest_age_seconds", "Age of the oldest of them.", Kind::gauge, oldest},
    Measure{"ductape_group_dead_letters", "Messages in the dead letters.", Kind::gauge, count<&S::dead>},
    Measure{"ductape_group_done_total", "Messages that a handler was done with.", Kind::counter, count<&S::done>},
    Measure{"ductape_group_failed_attempts_total", "Attempts that ended badly.", Kind::counter, count<&S::failed>},
    Measure{"ductape_group_dead_lettered_total", "Messages that became dead letters.", Kind::counter,
            count<&S::dead_lettered>},
    Measure{"ductape_group_lost_outcomes_total", "Outcomes that the provider no longer honoured.", Kind::counter,
            count<&S::lost>},
    Measure{"ductape_group_data_loss_total", "Messages that left the group without an outcome.", Kind::counter,
            count<&S::data_loss>},
    Measure{"ductape_group_done_per_second", "Messages done a second, of the last ten.", Kind::gauge,
            count<&S::done_rate>},
};

void add(std::vector<Metric>& to, const Measure& measure, const GroupStatus& status, bool of_group) {
  const auto value = measure.value(status);
  if (!value) return;
  Headers labels{{"product", status.definition.product}, {"env", status.env}, {"event", status.definition.event}};
  if (of_group) labels.push_back({"group", status.definition.name});
  to.push_back(
      {.name = measure.name, .help = measure.help, .kind = measure.kind, .labels = std::move(labels), .value = *value});
}

}  // namespace

std::vector<Metric> metrics_of(std::span<const GroupStatus> groups) {
  std::vector<Metric> all;
  for (const auto& measure : of_topics) {
    std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
    for (const auto& status : groups)
      if (measure.value(status) && seen.emplace(status.definition.product, status.env, status.definition.event).second)
        add(all, measure, status, false);
  }
  for (const auto& measure : of_groups)
    for (const auto& status : groups)
      if (!status.definition.name.empty()) add(all, measure, status, true);
  return all;
}

}  // namespace ductape::inline v0
