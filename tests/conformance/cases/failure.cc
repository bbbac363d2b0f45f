// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"
#include "tests/conformance/suite/traffic.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds a_while(1'000);
// Of a server with a thousand topics, on a machine with much else to do.
constexpr milliseconds longest_start(45'000);

void must_have_hit(const Traffic& traffic, Where where = Where::here()) {
  check(traffic.unanswered() > 0, "while nothing can be answered publishes must wait; the fault hit nothing", where);
}

void ends_and_starts(Stage& stage, void (ServerFaults::*end)()) {
  auto& server = *stage.harness().faults();
  Traffic traffic(stage);
  traffic.set_deadline(longest_start);
  traffic.run(a_while);
  (server.*end)();
  traffic.run(a_while);
  must_have_hit(traffic);
  server.start();
  traffic.run_until_it_flows("after the server had started");
  traffic.run(a_while);
  traffic.finish();
}

void stopped_and_started(Stage& stage) { ends_and_starts(stage, &ServerFaults::stop); }
void killed_and_started(Stage& stage) { ends_and_starts(stage, &ServerFaults::kill); }

void cut_ten_times(Stage& stage) {
  auto& server = *stage.harness().faults();
  Traffic traffic(stage);
  const auto before = server.connections();
  for (int cut = 0; cut < 10; ++cut) {
    traffic.run(milliseconds(300));
    server.cut();
  }
  traffic.run_until_it_flows("after the last cut");
  check(server.connections() >= before + 3,
        "expected new connections after ten cuts, saw " + std::to_string(server.connections() - before));
  traffic.finish();
}

void stalled(Stage& stage) {
  auto& server = *stage.harness().faults();
  Traffic traffic(stage);
  traffic.run(a_while);
  server.stall();
  traffic.run(milliseconds(3'000));
  must_have_hit(traffic);
  server.resume();
  traffic.run_until_it_flows("after the stall");
  traffic.finish();
}

// No answer, no end, no reset: only who looks at the time finds out.
void half_open(Stage& stage) {
  auto& server = *stage.harness().faults();
  Traffic traffic(stage);
  traffic.run(a_while);
  server.half_open();
  traffic.run_until_it_flows("after the connections were forgotten");
  traffic.finish();
}

// Longer than a silent session is given: one whose handlers are busy is not silent.
void back_pressure(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& server = *stage.harness().faults();
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .concurrency = 2}, kept.handler());
  constexpr std::size_t count = 20;
  stage.publish_many(event, "m", count);
  stage.wait_for(kept, 2);
  const auto before = server.connections();
  for (const auto end = stage.now() + milliseconds(8'000); stage.now() < end; stage.rest(milliseconds(100)))
    check_equal(server.connections(), before, "connections: back-pressure must not cost one");
  check_equal(kept.total(), 2u, "deliveries with two slots and no outcome");
  for (std::size_t settled = 0; settled < count; ++settled) {
    stage.wait_for(kept, std::min(settled + 2, count));
    std::move(*kept.take()).ack();
  }
  stage.rest();
  check_equal(kept.total(), count, "deliveries in all");
  check_equal(server.connections(), before, "connections after the handlers went on");
}

}  // namespace

std::vector<Case> failure_cases() {
  const std::vector<const Need*> end{&needs::server_faults, &needs::survives}, network{&needs::server_faults};
  return {{"Failure", "server stopped and started under load", end, stopped_and_started, long_limit},
          {"Failure", "server killed and started under load", end, killed_and_started, long_limit},
          {"Failure", "connections cut ten times under load", network, cut_ten_times, long_limit},
          {"Failure", "connections stalled for 3 s", network, stalled, long_limit},
          {"Failure", "connections half-open", network, half_open, long_limit},
          {"Flow", "back-pressure costs no connection", network, back_pressure, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
