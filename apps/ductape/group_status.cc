// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/group_status.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include <ductape/units.hpp>

#include "apps/ductape/objects.h"

namespace ductape::cli {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
Json known(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

std::string cell(const std::optional<std::uint64_t>& count) { return count ? std::to_string(*count) : ""; }

std::string_view text(Mode mode) {
  switch (mode) {
    case Mode::shared:
      return "shared";
    case Mode::exclusive:
      return "exclusive";
    case Mode::broadcast:
      return "broadcast";
  }
  return "";
}

// To the largest unit that fits; a table needs no more.
std::string about(std::chrono::milliseconds age) {
  using namespace std::chrono;
  for (const milliseconds unit : {milliseconds(days(1)), milliseconds(hours(1)), milliseconds(minutes(1)),
                                  milliseconds(seconds(1)), milliseconds(1)})
    if (age >= unit) return format_duration(age / unit * unit);
  return format_duration(milliseconds(0));
}

std::string rate_cell(const std::optional<double>& rate) {
  if (!rate) return "";
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), *rate < 10 ? "%.1f" : "%.0f", *rate);
  return {text.data(), static_cast<std::size_t>(length)};
}

Json json_of(const GroupStatus& status) {
  const auto& group = status.definition;
  return {{"event", group.event},
          {"group", group.name},
          {"env", status.env},
          {"state", status.state},
          {"mode", text(group.mode)},
          {"waiting", known(status.waiting)},
          {"in_flight", known(status.in_flight)},
          {"done", known(status.done)},
          {"dead", known(status.dead)},
          {"parked", known(status.parked)},
          {"lag", known(status.lag)},
          {"oldest_age_ms", status.oldest_age ? Json(status.oldest_age->count()) : Json()},
          {"data_loss", known(status.data_loss)},
          {"policy",
           {{"max_attempts", group.retry.max_attempts},
            {"backoff",
             {{"min", format_duration(group.retry.backoff_min)}, {"max", format_duration(group.retry.backoff_max)}}},
            {"max_deliveries", group.retry.max_deliveries},
            {"dedup", format_duration(group.retry.dedup)}}}};
}

Row head() {
  return {"EVENT", "GROUP",   "STATE", ">WAITING", ">IN FLIGHT", ">DONE",
          ">DEAD", ">PARKED", ">LAG",  ">OLDEST",  ">DATA LOSS"};
}

Row row_of(const GroupStatus& status) {
  return {status.definition.event,
          status.definition.name,
          status.state,
          cell(status.waiting),
          cell(status.in_flight),
          cell(status.done),
          cell(status.dead),
          cell(status.parked),
          cell(status.lag),
          status.oldest_age ? about(*status.oldest_age) : "",
          cell(status.data_loss)};
}

ExitCode print_each(Console& console, const std::vector<GroupStatus>& groups, std::string (*json)(const GroupStatus&),
                    const Row& headings, Row (*row)(const GroupStatus&)) {
  std::vector<std::string> jsons;
  std::vector<Row> rows;
  for (const auto& status : groups) {
    jsons.push_back(json(status));
    rows.push_back(row(status));
  }
  return print_list(console, jsons, headings, rows);
}

}  // namespace

std::string group_json(const GroupStatus& status) { return json_of(status).dump(); }

std::string stats_json(const GroupStatus& status) {
  auto json = json_of(status);
  json["published"] = known(status.published);
  json["resent"] = known(status.resent);
  json["failed"] = known(status.failed);
  json["dead_lettered"] = known(status.dead_lettered);
  json["lost"] = known(status.lost);
  json["rates"] = {{"published", known(status.published_rate)}, {"done", known(status.done_rate)}};
  return json.dump();
}

ExitCode print_groups(Console& console, const std::vector<GroupStatus>& groups) {
  return print_each(console, groups, group_json, head(), row_of);
}

ExitCode print_stats(Console& console, const std::vector<GroupStatus>& groups) {
  auto columns = head();
  columns.insert(columns.end(), {">LOST", ">PUBLISHED/S", ">DONE/S"});
  return print_each(console, groups, stats_json, columns, [](const GroupStatus& status) {
    auto row = row_of(status);
    row.insert(row.end(), {cell(status.lost), rate_cell(status.published_rate), rate_cell(status.done_rate)});
    return row;
  });
}

}  // namespace ductape::cli
