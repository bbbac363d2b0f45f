// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void two_groups(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& billing = stage.received();
  auto& audit = stage.received();
  stage.subscribe(event, {.group = "billing"}, billing.handler());
  stage.subscribe(event, {.group = "audit"}, audit.handler());
  const auto ids = stage.publish_many(event, "m", 100);
  stage.wait_for(billing, ids.size());
  stage.wait_for(audit, ids.size());
  stage.rest();
  check_same_messages(billing.ids(), ids, "group billing");
  check_same_messages(audit.ids(), ids, "group audit");
}

void three_consumers_share(Stage& stage) {
  const auto event = stage.declare("orders:new");
  std::vector<Kept*> members;
  for (int i = 0; i < 3; ++i) {
    members.push_back(&stage.kept());
    stage.subscribe(stage.open(), event, {.group = "g", .concurrency = 1}, members.back()->handler());
  }
  std::vector<std::string> ids, seen;
  const auto settle_all = [&] {
    for (auto* member : members)
      for (auto& delivery : member->take_all()) {
        seen.emplace_back(delivery.context().id());
        std::move(delivery).ack();
      }
  };
  const auto publish = [&](const std::string& prefix, int count) {
    for (auto& id : stage.publish_many(event, prefix, count)) ids.push_back(std::move(id));
  };
  // Each holds one and can have no second, so all three must take part. Who owns a part of a log has to let go of what
  // it holds before the others get theirs.
  const bool log = stage.can().lease == driver::Lease::none;
  publish("a", 3);
  auto next = stage.now() + milliseconds(1'000);
  stage.wait_until("each of three members to hold one", [&] {
    if (std::ranges::all_of(members, [](const Kept* member) { return member->held() == 1; })) return true;
    if (log && stage.now() >= next) {
      settle_all();
      publish("again-" + std::to_string(seen.size()), 3);
      next = stage.now() + milliseconds(1'000);
    }
    return false;
  });
  publish("b", 150);
  stage.wait_until(
      "all deliveries to three members",
      [&] {
        settle_all();
        return seen.size() >= ids.size();
      },
      [&] { return std::to_string(seen.size()); });
  stage.rest();
  settle_all();
  check_same_messages(seen, ids, "three members of one group together");
}

void broadcast_reaches_all(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& shared = stage.received();
  stage.subscribe(event, {.group = "g"}, shared.handler());
  const auto before = stage.publish_many(event, "before", 3);
  auto& first = stage.received();
  auto& second = stage.received();
  auto& one = stage.subscribe(event, {.mode = Mode::broadcast}, first.handler());
  stage.subscribe(stage.open(), event, {.mode = Mode::broadcast}, second.handler());
  const auto ids = stage.publish_many(event, "m", 50);
  stage.wait_for(first, ids.size());
  stage.wait_for(second, ids.size());
  stage.wait_for(shared, before.size() + ids.size());
  must(stage.close(one), "close of a broadcast subscription");
  stage.publish_many(event, "after", 2);
  stage.wait_for(second, ids.size() + 2);
  stage.rest();
  check_same_messages(first.ids(), ids, "a broadcast subscription, from its start to its close");
  check_equal(second.count(), ids.size() + 2, "deliveries to the other broadcast subscription");
  auto groups = must(stage.client().registry().groups(stage.product(), event), "groups of the topic");
  check_equal(groups.size(), 1u, "groups in the registry: broadcast subscriptions leave none");
}

void exclusive_fails_over(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& first = stage.received();
  auto& second = stage.received();
  auto& active = stage.subscribe(event, {.group = "g", .mode = Mode::exclusive}, first.handler());
  const auto before = stage.publish_many(event, "a", 20);
  stage.wait_for(first, before.size());
  stage.subscribe(stage.open(), event, {.group = "g", .mode = Mode::exclusive}, second.handler());
  const auto meanwhile = stage.publish_many(event, "b", 20);
  stage.wait_for(first, before.size() + meanwhile.size());
  stage.rest();
  check_equal(second.ids(), std::vector<std::string>{}, "deliveries to the member that stands by");
  must(stage.close(active), "close of the active member");
  const auto after = stage.publish_many(event, "c", 20);
  stage.wait_for(second, after.size());
  stage.rest();
  check_same_messages(second.ids(), after, "deliveries to the member that took over");
  check_equal(first.count(), before.size() + meanwhile.size(), "deliveries to the closed member");
}

void fresh_group_200_times(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  for (int i = 1; i <= 200; ++i) {
    const auto group = "fresh-" + std::to_string(i);
    auto& subscription = stage.subscribe(event, {.group = group}, got.handler());
    const auto id = stage.publish(event, "{}", {.id = "m-" + std::to_string(i)}).id;
    stage.wait_until(
        "message " + id + " in the group " + group + " that was made before it",
        [&] { return got.count() >= static_cast<std::size_t>(i); }, {}, milliseconds(5'000));
    check_equal(got.all().back().id, id, "the message that arrived in " + group);
    must(stage.close(subscription), "close " + group);
    must(stage.client().groups().remove({.event = event, .group = group}), "delete " + group);
  }
}

void deleted_group_leaves_nothing(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 2}, kept.handler());
  stage.publish_many(event, "old", 10);
  stage.wait_for(kept, 2);
  auto groups = stage.client().groups();
  must_fail(groups.remove({.event = event, .group = "g"}), Errc::conflict, "delete of a group that has members");
  for (auto& delivery : kept.take_all()) std::move(delivery).ack();
  kept.end();
  must(stage.close(subscription), "close");
  must(groups.remove({.event = event, .group = "g"}), "delete of the group");
  must_fail(groups.show({.event = event, .group = "g"}), Errc::not_found, "show of the deleted group");
  check_equal(must(groups.list({.event = event}), "list").size(), 0u, "groups of the topic");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  const auto ids = stage.publish_many(event, "new", 3);
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "a new group under the name of a deleted one");
  for (const auto& arrival : got.all()) check_equal(arrival.attempt, 1u, "attempt of " + arrival.id);
}

void created_without_a_member(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto groups = stage.client().groups();
  must(groups.create({.event = event, .group = "g"}), "group create");
  must_fail(groups.create({.event = event, .group = "g"}), Errc::already_exists, "a second group create");
  const auto ids = stage.publish_many(event, "m", 5);
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.wait_for(got, ids.size());
  check_same_messages(got.ids(), ids, "what was published between group create and the first subscribe");
}

void counts(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, kept.handler());
  stage.publish_many(event, "m", 10);
  stage.wait_for(kept, 4);
  check_equal(stage.show(event, "g").lag.value_or(999), 10u, "lag with ten messages and no outcome");
  for (int i = 0; i < 3; ++i) std::move(*kept.take()).ack();
  stage.wait_for(kept, 7);
  const auto shown = [&] {
    const auto status = stage.show(event, "g");
    return "waiting " + std::to_string(status.waiting.value_or(999)) + ", in flight " +
           std::to_string(status.in_flight.value_or(999)) + ", done " + std::to_string(status.done.value_or(999)) +
           ", dead " + std::to_string(status.dead.value_or(999)) + ", lag " + std::to_string(status.lag.value_or(999));
  };
  stage.wait_until(
      "a lag of 7 after three acks", [&] { return stage.show(event, "g").lag.value_or(999) == 7; }, shown);
  const auto status = stage.show(event, "g");
  check_equal(status.state, "ready", "state of the group");
  // What the provider does not count is told by those who did it, a second later at most.
  stage.wait_until(
      "three done", [&] { return stage.show(event, "g").done.value_or(3) == 3; }, shown, milliseconds(3'000));
  if (status.dead) check_equal(*status.dead, 0u, "dead letters");
  if (status.waiting && status.in_flight)
    check_equal(*status.waiting + *status.in_flight, 7u, "waiting and in flight together");
}

void members_of_two_clients(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& other = stage.open();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.subscribe(other, event, {.group = "g"}, got.handler());
  const auto ids = stage.publish_many(event, "m", 200);
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "one group with members in two clients");
}

}  // namespace

std::vector<Case> group_cases() {
  return {{"Groups", "two groups get all", {&needs::many_groups}, two_groups},
          {"Groups", "three consumers share", {}, three_consumers_share},
          {"Groups", "members in two clients", {}, members_of_two_clients},
          {"Groups", "broadcast", {&needs::broadcast}, broadcast_reaches_all},
          {"Groups", "exclusive: another takes over on close", {&needs::exclusive}, exclusive_fails_over},
          {"Groups", "200 times: fresh group, subscribe, publish at once", {}, fresh_group_200_times, long_limit},
          {"Groups", "a deleted group leaves nothing", {}, deleted_group_leaves_nothing},
          {"Groups", "a group keeps from its creation on", {}, created_without_a_member},
          {"Groups", "what a group counts", {&needs::lag}, counts}};
}

}  // namespace ductape::inline v0::testing::conformance
