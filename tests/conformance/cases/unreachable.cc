// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/suite/case.h"
#include "tests/conformance/suite/stage.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds deadline(2'000), grace(2'000), soon(10'000);

void finds_nobody(Stage& stage, const std::string& host, std::uint16_t port) {
  const auto event = stage.declare("orders:new", {.config = stage.harness().config_at(host, port)});
  auto& client = stage.client();
  const auto begin = stage.now();
  auto publish = client.publish({.event = event, .message = "{}"}, {.deadline = deadline});
  stage.wait_until("the end of a publish", [&] { return publish.ready(); });
  check(stage.now() - begin < deadline + grace, "a publish must be answered by its deadline");
  const auto error = must_miss_its_deadline(publish.get(), "publish");
  const auto said = error.message + error.hint + error.native;
  check(said.find(host) != std::string::npos, "the error must name " + host + "; saw " + to_text(error));

  const auto asked = stage.now();
  must_fail(stage.blocking([&] { return client.groups().create({.event = event, .group = "g"}); }), Errc::unavailable,
            "group create");
  check(stage.now() - asked < soon, "group create must not hang");
  const auto health = stage.blocking([&] { return client.health(deadline); });
  check(health.state == HealthState::red, "health must be red");
}

void nobody_listens(Stage& stage) { finds_nobody(stage, "127.0.0.1", 1); }

// A name that no server of names may know (RFC 6761).
void unknown_host(Stage& stage) { finds_nobody(stage, "no-such-host.invalid", 1); }

}  // namespace

std::vector<Case> unreachable_cases() {
  return {{"Config", "nobody listens there", {&needs::network}, nobody_listens, long_limit},
          {"Config", "a host that does not exist", {&needs::network}, unknown_host, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
