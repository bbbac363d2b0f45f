// SPDX-License-Identifier: Apache-2.0
#include <ductape/units.hpp>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void late_group_from_earliest(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& first = stage.received();
  stage.subscribe(event, {.group = "first"}, first.handler());
  auto ids = stage.publish_many(event, "m", 30);
  stage.wait_for(first, ids.size());
  auto& late = stage.received();
  stage.subscribe(event, {.group = "late", .from = "earliest"}, late.handler());
  ids.push_back(stage.publish(event, "{}", {.id = "after"}).id);
  stage.wait_for(late, ids.size());
  stage.rest();
  check_same_messages(late.ids(), ids, "a late group from the earliest message");
  check_same_messages(first.ids(), ids, "the group that was there before");
}

void late_group_from_latest(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& first = stage.received();
  stage.subscribe(event, {.group = "first"}, first.handler());
  const auto before = stage.publish_many(event, "before", 10);
  auto& late = stage.received();
  stage.subscribe(event, {.group = "late"}, late.handler());
  const auto after = stage.publish_many(event, "after", 10);
  stage.wait_for(late, after.size());
  stage.wait_for(first, before.size() + after.size());
  stage.rest();
  check_same_messages(late.ids(), after, "a late group from the latest message");
}

void late_group_from_a_time(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& times = stage.received();
  stage.subscribe(event, {.group = "times"}, times.handler());
  stage.publish_many(event, "before", 3);
  stage.wait_for(times, 3);
  stage.rest(milliseconds(1'200));
  const auto after = stage.publish_many(event, "after", 3);
  stage.wait_for(times, 6);
  std::optional<std::chrono::system_clock::time_point> last;
  for (const auto& arrival : times.all())
    if (arrival.id.starts_with("before")) last = std::max(last, arrival.time);
  check(last.has_value(), "the time of a message must be known");
  auto& late = stage.received();
  stage.subscribe(event, {.group = "late", .from = format_time(*last + milliseconds(600))}, late.handler());
  stage.wait_for(late, after.size());
  stage.rest();
  check_same_messages(late.ids(), after, "a late group from a time between two publishes");
}

void start_counts_at_birth_only(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& first = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g", .from = "earliest"}, first.handler());
  const auto ids = stage.publish_many(event, "m", 5);
  stage.wait_for(first, ids.size());
  must(stage.close(subscription), "close");
  auto& again = stage.received();
  stage.subscribe(event, {.group = "g", .from = "earliest"}, again.handler());
  const auto next = stage.publish(event, "{}", {.id = "next"}).id;
  stage.wait_for(again, 1);
  stage.rest();
  check_equal(again.ids(), std::vector<std::string>{next}, "a second subscribe to a group, from earliest");
}

void kept_without_a_group(Stage& stage) {
  const auto event = stage.declare("orders:new");
  const auto ids = stage.publish_many(event, "m", 10);
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .from = "earliest"}, got.handler());
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "what was published before any group");
}

}  // namespace

std::vector<Case> start_cases() {
  return {{"Groups", "a late group from earliest", {&needs::many_groups, &needs::replay}, late_group_from_earliest},
          {"Groups", "a late group from latest", {&needs::many_groups}, late_group_from_latest},
          {"Groups", "a late group from a time", {&needs::many_groups, &needs::replay}, late_group_from_a_time},
          {"Groups", "a start counts at the birth of a group only", {&needs::replay}, start_counts_at_birth_only},
          {"Groups",
           "a publish without a group is kept",
           {&needs::keeps_without_group, &needs::replay},
           kept_without_a_group}};
}

}  // namespace ductape::inline v0::testing::conformance
