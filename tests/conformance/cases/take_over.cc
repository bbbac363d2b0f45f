// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds lease(1'000);

int be_active(Stage& stage, const std::string& event) {
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .mode = Mode::exclusive, .concurrency = 2, .lease = lease},
                  [&](Delivery delivery) {
                    say("has " + std::string(delivery.context().id()));
                    if (delivery.message().text() == "keep") return kept.add(std::move(delivery));
                    std::move(delivery).ack();
                  });
  say("ready");
  stage.rest(std::chrono::seconds(40));
  return 0;
}

void exclusive_after_a_kill(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}, {.mode = Mode::exclusive}), "group create");
  Said said;
  Child active(stage, "active", event, said);
  stage.wait_until("the first member", [&] { return said.has("ready"); });
  stage.publish(event, "{}", {.id = "done"});
  stage.wait_until("its first message", [&] { return said.has("has done"); });
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .mode = Mode::exclusive, .lease = lease}, got.handler());
  stage.publish(event, "keep", {.id = "kept", .content_type = "text/plain"});
  stage.wait_until("its second message", [&] { return said.has("has kept"); });
  stage.rest(lease + lease / 2);
  check_equal(got.ids(), std::vector<std::string>{}, "deliveries to the member that stands by");
  active.send(SIGKILL);
  const auto killed_at = stage.now();
  stage.publish(event, "{}", {.id = "after"});
  stage.wait_for(got, 2);
  const auto took = stage.now() - killed_at;
  check(took <= lease + milliseconds(2'000),
        "another member takes over within one lease, 1 s, after a kill; took " + std::to_string(took.count()) + " ms");
  stage.rest();
  check_same_messages(got.ids(), {"kept", "after"}, "what the member that took over got");
  for (const auto& arrival : got.all()) check_equal(arrival.attempt, 1u, "attempt of " + arrival.id);
}

}  // namespace

std::vector<ChildRole> take_over_roles() { return {{"active", be_active}}; }

std::vector<Case> take_over_cases() {
  return {{"Groups",
           "exclusive: another takes over after a kill",
           {&needs::exclusive, &needs::processes},
           exclusive_after_a_kill,
           long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
