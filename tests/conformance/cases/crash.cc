// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds short_lease(1'000);

int publish_twenty(Stage& stage, const std::string& event) {
  for (int i = 1; i <= 20; ++i) say(stage.publish(event, "{}", {.id = "m-" + std::to_string(i)}).id);
  return 0;
}

int handle_ten(Stage& stage, const std::string& event) {
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .concurrency = 1, .lease = short_lease},
                  [&](const Message& message, const Context& context) {
                    say(std::string(message.id()));
                    got.add(context);
                  });
  stage.wait_for(got, 10);
  return 0;
}

/// Lets a process in that role die at that point. Returns what it said.
std::vector<std::string> crash(Stage& stage, std::string_view role, const std::string& event, const std::string& point,
                               Where where = Where::here()) {
  Said said;
  Child child(stage, role, event, said, point, where);
  const auto end = child.wait(usual_wait, where);
  if (!end.killed)
    fail("the child must die at its crash point; it ended with exit code " + std::to_string(end.exit_code) +
             " and said " + to_text(said.lines()),
         where);
  return said.lines();
}

void accepted_not_completed(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  const auto receipts = crash(stage, "publish", event, "publish.accepted_not_completed:8");
  std::vector<std::string> confirmed;
  for (int i = 1; i <= 7; ++i) confirmed.push_back("m-" + std::to_string(i));
  check_equal(receipts, confirmed, "receipts before the crash");
  // The eighth was accepted, but nobody was told. Who comes next sends it again under its id.
  const auto receipt = stage.publish(event, "{}", {.id = "m-8"});
  auto expected = confirmed;
  expected.emplace_back("m-8");
  stage.wait_for(got, expected.size());
  stage.rest(milliseconds(500));
  if (stage.can().dedup) {
    check_equal(receipt.deduplicated, true, "deduplicated on the second sending of m-8");
    check_same_messages(got.ids(), expected, "deliveries: each message once");
    return;
  }
  for (const auto& id : expected) {
    const auto ids = got.ids();
    if (std::count(ids.begin(), ids.end(), id) == 0) fail("message " + id + " was confirmed and is lost");
  }
}

void handled_not_acked(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  const auto ids = stage.publish_many(event, "m", 10);
  const auto handled = crash(stage, "handle", event, "subscribe.handled_not_settled:4");
  check_equal(handled.size(), 4u, "messages handled before the crash");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .lease = short_lease}, got.handler());
  const auto& torn = handled.back();  // handled, and its ack never left the process
  const auto all_seen = [&] {
    auto seen = got.ids();
    seen.insert(seen.end(), handled.begin(), handled.end() - 1);
    return std::all_of(ids.begin(), ids.end(),
                       [&](const auto& id) { return std::count(seen.begin(), seen.end(), id) > 0; });
  };
  stage.wait_until("every message, " + torn + " once more", all_seen,
                   [&] { return to_text(got.ids()) + " after the child had handled " + to_text(handled); });
  stage.rest(milliseconds(500));
  for (const auto& arrival : got.all()) {
    check_equal(arrival.attempt, 1u, "attempt of " + arrival.id + ": a killed process raises none");
    if (arrival.id == torn && stage.can().counts_deliveries)
      check(arrival.deliveries.value_or(0) >= 2,
            "deliveries of " + torn + ": expected at least 2, saw " + std::to_string(arrival.deliveries.value_or(0)));
  }
}

bool is_bad(std::string_view id) { return id == "m-3"; }

int reject_the_third(Stage& stage, const std::string& event) {
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .concurrency = 1, .lease = short_lease},
                  [&](const Message& message, const Context& context) {
                    got.add(context);
                    if (is_bad(message.id())) throw Reject("no such customer");
                    say(std::string(message.id()));
                  });
  stage.wait_for(got, 10);
  return 0;
}

void dead_lettered_not_acked(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  const auto ids = stage.publish_many(event, "m", 10);
  auto handled = crash(stage, "reject", event, "subscribe.dead_lettered_not_acked:1");
  auto& got = stage.received();
  auto& mended = stage.own<std::atomic<bool>>();
  stage.subscribe(event, {.group = "g", .lease = short_lease}, [&](const Message& message, const Context& context) {
    if (!mended && is_bad(message.id())) throw Reject("no such customer");
    got.add(context);
  });
  stage.wait_until("a lag of 0", [&] { return stage.show(event, "g").lag.value_or(0) == 0; });
  // Where dead-lettering is two steps it may lie there twice; it is one message all the same.
  auto dead = must(stage.client().topic(event), "topic").dead_letters("g");
  const auto letters = must(stage.blocking([&] { return dead.list(); }), "list of the dead letters");
  check_equal(letters.size(), 1u, "dead letters");
  check_equal(letters.front().id, "m-3", "id of the dead letter");
  mended = true;
  check_equal(must(stage.blocking([&] { return dead.redrive(); }), "redrive"), 1u, "redriven");
  stage.wait_until("the message that died", [&] {
    const auto seen = got.ids();
    return std::count(seen.begin(), seen.end(), "m-3") > 0;
  });
  stage.rest(milliseconds(500));
  const auto seen = got.ids();
  check_equal(std::count(seen.begin(), seen.end(), "m-3"), 1,
              "handler runs of the message that died, after it went back");
  handled.insert(handled.end(), seen.begin(), seen.end());
  for (const auto& id : ids) check(std::count(handled.begin(), handled.end(), id) > 0, "message " + id + " is lost");
  check_equal(stage.show(event, "g").dead.value_or(0), 0u, "dead letters at last");
}

// Without a crash point the same program must come to its end: else the two cases above prove nothing.
void no_crash(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  Said said;
  Child child(stage, "publish", event, said);
  check_equal(child.wait().exit_code, 0, "exit code of a publisher in another process");
  check_equal(said.lines().size(), 20u, "receipts in the other process");
  stage.wait_for(got, 20);
  stage.rest();
  check_same_messages(got.ids(), said.lines(), "messages of another process");
}

}  // namespace

std::vector<ChildRole> crash_roles() {
  return {{"publish", publish_twenty}, {"handle", handle_ten}, {"reject", reject_the_third}};
}

std::vector<Case> crash_cases() {
  return {
      {"Crash points", "none: messages from another process", {&needs::processes}, no_crash},
      {"Crash points", "accepted, not completed", {&needs::processes, &needs::crash_points}, accepted_not_completed},
      {"Crash points", "handled, not acknowledged", {&needs::processes, &needs::crash_points}, handled_not_acked},
      {"Crash points",
       "dead-lettered, not acknowledged",
       {&needs::processes, &needs::crash_points},
       dead_lettered_not_acked}};
}

}  // namespace ductape::inline v0::testing::conformance
