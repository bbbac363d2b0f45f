// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds lease(1'000);

// Keeps its first delivery until it notices that it stood still for longer than a lease, then acknowledges it.
int keep_while_frozen(Stage& stage, const std::string& event) {
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 1, .lease = lease}, kept.handler());
  stage.wait_for(kept, 1);
  auto delivery = kept.take();
  say("has " + std::string(delivery->context().id()));
  using Clock = std::chrono::steady_clock;
  for (auto last = Clock::now(), now = last; now - last < lease; now = Clock::now()) {
    last = now;
    std::this_thread::sleep_for(milliseconds(5));
  }
  auto& told = stage.own<std::atomic<bool>>();
  std::move(*delivery).ack([&](Result<void> result) {
    say(result ? "taken" : result.error().code == Errc::lost ? "lost" : "failed " + to_text(result.error()));
    told = true;
  });
  stage.wait_until("the completion of the ack", [&] { return told.load(); });
  say("lost in the stats " + std::to_string(subscription.stats().lost));
  kept.end();
  return 0;
}

void consumer_for_three_leases(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  stage.publish(event, "{}", {.id = "m"});
  Said said;
  Child frozen(stage, "frozen", event, said);
  stage.wait_until("the child to have the message", [&] { return said.has("has m"); });
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .lease = lease}, kept.handler());
  stage.rest(lease + lease / 2);
  check_equal(kept.total(), 0u, "deliveries beside a handler that runs, though longer than a lease");
  frozen.send(SIGSTOP);
  stage.wait_for(kept, 1);
  stage.rest(3 * lease);
  frozen.send(SIGCONT);
  stage.wait_until(
      "the frozen process to hear of its ack", [&] { return said.has("lost") || said.has("taken"); },
      [&] { return to_text(said.lines()); });
  check(said.has("lost"),
        "the late ack of a process that was frozen for three leases must be lost; it heard " + to_text(said.lines()));
  // It was no ack of the delivery that somebody else has.
  stage.rest();
  const auto status = stage.show(event, "g");
  check_equal(status.lag.value_or(1), 1u, "lag while the successor still has the message");
  auto delivery = kept.take();
  check_equal(std::string(delivery->context().id()), "m", "what the successor has");
  check_equal(delivery->context().attempt(), 1u, "attempt: a lost lease raises none");
  auto& taken = stage.own<std::atomic<int>>();
  std::move(*delivery).ack([&](Result<void> result) { taken = result ? 1 : -1; });
  stage.wait_until("the completion of the successor's ack", [&] { return taken != 0; });
  check_equal(taken.load(), 1, "the successor's ack is taken");
  check_equal(frozen.wait().exit_code, 0, "exit code of the thawed process");
  check(said.has("lost in the stats 1"), "its stats count one lost outcome; it said " + to_text(said.lines()));
  // What the provider does not count itself is kept a second late.
  stage.wait_until("done", [&] { return stage.show(event, "g").done.value_or(1) > 0; });
  stage.rest(milliseconds(1'500));
  check_equal(stage.show(event, "g").done.value_or(1), 1u, "done");
  check_equal(kept.total(), 1u, "deliveries to the successor");
}

}  // namespace

std::vector<ChildRole> frozen_roles() { return {{"frozen", keep_while_frozen}}; }

std::vector<Case> frozen_cases() {
  return {{"Frozen",
           "a consumer for three leases: its ack is lost",
           {&needs::processes, &needs::long_handlers},
           consumer_for_three_leases,
           long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
