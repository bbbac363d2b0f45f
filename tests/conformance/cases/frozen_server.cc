// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"
#include "tests/conformance/suite/traffic.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void server_for_15_s(Stage& stage) {
  constexpr milliseconds frozen(15'000), soon(10'000);
  auto& server = *stage.harness().faults();
  const auto state = [&] { return stage.client().health().state; };
  Traffic traffic(stage);
  traffic.run(milliseconds(1'000));
  const auto usual = state();
  check(usual != HealthState::red, "health must not be red before the fault");
  traffic.set_deadline(milliseconds(5'000));
  const auto begin = stage.now();
  server.freeze();
  traffic.run_until(
      "health to be red", [&] { return state() == HealthState::red; }, soon);
  traffic.run(frozen - (stage.now() - begin));
  check(state() == HealthState::red, "health must be red as long as the server stands still");
  server.thaw();
  traffic.set_deadline(milliseconds(30'000));
  traffic.run_until(
      "health to be as before", [&] { return state() <= usual; }, soon);
  traffic.run_until_it_flows("after the thaw");
  traffic.finish({Errc::timed_out, Errc::outcome_unknown});
}

}  // namespace

std::vector<Case> frozen_server_cases() {
  return {{"Frozen", "server for 15 s", {&needs::server_faults}, server_for_15_s, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
