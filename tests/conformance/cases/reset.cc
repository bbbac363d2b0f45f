// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void reset(Stage& stage, const std::string& event, std::string_view to, Where where = Where::here()) {
  must(stage.blocking([&] { return stage.client().groups().reset({.event = event, .group = "g"}, to); }),
       "reset to " + std::string(to), where);
}

void not_under_members(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, got.handler());
  const auto ids = stage.publish_many(event, "m", 5);
  stage.wait_for(got, ids.size());
  auto groups = stage.client().groups();
  const GroupRequest request{.event = event, .group = "g"};
  must_fail(stage.blocking([&] { return groups.reset(request, "earliest"); }), Errc::conflict,
            "reset of a group that has a member");
  stage.rest();
  check_same_messages(got.ids(), ids, "after a reset that was refused");
  must(stage.close(subscription), "close");
  must_fail(stage.blocking([&] { return groups.reset(request, "yesterday"); }), Errc::invalid_argument,
            "reset to no place");
  must_fail(stage.blocking([&] { return groups.reset({.event = event, .group = "nobody"}, "latest"); }),
            Errc::not_found, "reset of no group");
}

void to_earliest(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, got.handler());
  const auto ids = stage.publish_many(event, "m", 10);
  stage.wait_for(got, ids.size());
  must(stage.close(subscription), "close");
  reset(stage, event, "earliest");
  auto& again = stage.received();
  stage.subscribe(event, {.group = "g"}, again.handler());
  stage.wait_for(again, ids.size());
  stage.rest();
  check_same_messages(again.ids(), ids, "after a reset to earliest");
  for (const auto& arrival : again.all()) check_equal(arrival.attempt, 1u, "attempt of " + arrival.id);
}

void to_latest(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  stage.publish_many(event, "skipped", 7);
  reset(stage, event, "latest");
  const auto status = stage.show(event, "g");
  check_equal(status.lag.value_or(0), 0u, "lag after a reset to latest");
  check_equal(status.data_loss.value_or(7), 7u, "data loss: what was skipped");
  const auto ids = stage.publish_many(event, "m", 5);
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "after a reset to latest");
}

void leaves_dead_letters(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, [&](const Message&, const Context& context) {
    got.add(context);
    throw Reject("no such customer");
  });
  stage.publish_many(event, "m", 3);
  stage.wait_for(got, 3);
  stage.wait_until("three dead letters", [&] { return subscription.stats().dead_lettered == 3; });
  must(stage.close(subscription), "close");
  reset(stage, event, "latest");
  auto dead = must(stage.client().topic(event), "topic").dead_letters("g");
  check_equal(must(stage.blocking([&] { return dead.list(); }), "list").size(), 3u, "dead letters after a reset");
}

}  // namespace

std::vector<Case> reset_cases() {
  return {{"Groups", "a reset is refused while members run", {&needs::replay}, not_under_members},
          {"Groups", "reset to earliest", {&needs::replay}, to_earliest},
          {"Groups", "reset to latest: what is skipped is counted", {&needs::replay}, to_latest},
          {"Groups", "a reset leaves the dead letters", {&needs::replay}, leaves_dead_letters}};
}

}  // namespace ductape::inline v0::testing::conformance
