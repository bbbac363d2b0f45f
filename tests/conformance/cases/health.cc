// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/conformance/suite/case.h"
#include "tests/conformance/suite/stage.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds soon(10'000);

HealthState worst(Client& client) { return client.health().state; }

void wait_for_red(Stage& stage, Client& client, Where where = Where::here()) {
  stage.wait_until(
      "health to be red", [&] { return worst(client) == HealthState::red; }, {}, soon, where);
  for (const auto& item : client.health().items)
    check(item.state == HealthState::green || !item.reason.empty(), item.what + " must say what is wrong", where);
}

void wait_for_no_worse_than(HealthState usual, Stage& stage, Client& client, Where where = Where::here()) {
  const auto reasons = [&] {
    std::string all;
    for (const auto& item : client.health().items)
      if (item.state > usual) all += item.what + ": " + item.reason + "; ";
    return all;
  };
  stage.wait_until(
      "health to be as before", [&] { return worst(client) <= usual; }, reasons, soon, where);
}

void dead_server(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& server = *stage.harness().faults();
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.publish(event, "{}", {.id = "before"});
  stage.wait_for(got, 1);
  (void)worst(stage.client());
  stage.rest();
  const auto usual = worst(stage.client());
  check(usual != HealthState::red, "health must not be red before the fault");
  server.stop();
  wait_for_red(stage, stage.client());
  server.start();
  wait_for_no_worse_than(usual, stage, stage.client());
  stage.publish(event, "{}", {.id = "after"});
  stage.wait_until(
      "a message of after the start", [&] { return got.count() >= 2; }, [&] { return to_text(got.ids()); });
}

// A program starts before its server does.
void down_at_start(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& server = *stage.harness().faults();
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  server.stop();
  auto& client = stage.open();
  auto patient = client.publish({.event = event, .message = "{}"}, {.id = "patient"});
  auto hasty = client.publish({.event = event, .message = "{}"}, {.id = "hasty", .deadline = milliseconds(1'000)});
  const auto begin = stage.now();
  wait_for_red(stage, client);
  stage.wait_until("the deadline of a publish", [&] { return hasty.ready(); });
  check(stage.now() - begin < soon + milliseconds(3'000), "a publish must be answered by its deadline");
  const auto missed = must_miss_its_deadline(hasty.get(), "a publish whose deadline is over before the server comes");
  auto& got = stage.received();
  const auto subscribe = [&] {
    return stage.blocking([&] { return client.subscribe({.event = event}, {.group = "g"}, got.handler()); });
  };
  must_fail(subscribe(), Errc::unavailable, "subscribe while the server is down");
  check(!patient.ready(), "a publish waits for the server until its deadline");
  server.start();
  stage.wait_until(
      "the receipt of a publish that waited", [&] { return patient.ready(); }, {}, soon);
  must(patient.get(), "a publish that waited for the server");
  stage.keep(must(subscribe(), "subscribe after the start"));
  const auto handled = [&](const std::string& id) {
    const auto ids = got.ids();
    return std::count(ids.begin(), ids.end(), id) > 0;
  };
  stage.wait_until("the message that waited", [&] { return handled("patient"); });
  stage.rest();
  check(missed.code == Errc::outcome_unknown || !handled("hasty"), "what timed out must not have been sent");
  stage.wait_until(
      "health not to be red", [&] { return worst(client) != HealthState::red; }, {}, soon);
}

}  // namespace

std::vector<Case> health_cases() {
  const std::vector<const Need*> end{&needs::server_faults, &needs::survives};
  return {{"Health", "red while the server is dead, green after", end, dead_server, long_limit},
          {"Health", "server down at the start", end, down_at_start, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
