// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr RetryOptions remembering{
    .backoff_min = milliseconds(100), .backoff_max = milliseconds(100), .dedup = std::chrono::hours(1)};

void one_effect(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .retry = remembering}, got.handler());
  stage.publish(event, "{}", {.id = "same"});
  stage.wait_for(got, 1);
  stage.rest();
  stage.publish(event, "{}", {.id = "same"});
  stage.publish(event, "{}", {.id = "other"});
  stage.wait_for(got, 2);
  stage.rest(milliseconds(500));
  check_same_messages(got.ids(), {"same", "other"}, "handler runs with the same id published twice");
  check_equal(stage.show(event, "g").lag.value_or(0), 0u, "lag: the repeat is done with");
}

// The window remembers what was handled, not what was tried.
void failure_does_not_count(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& mended = stage.own<std::atomic<bool>>();
  stage.subscribe(event, {.group = "g", .retry = remembering}, [&](const Message& message, const Context& context) {
    got.add(context);
    if (message.id() == "twice" && context.attempt() == 1) throw std::runtime_error("not yet");
    if (message.id() == "dead" && !mended) throw Reject("no such customer");
  });
  stage.publish(event, "{}", {.id = "twice"});
  stage.publish(event, "{}", {.id = "dead"});
  stage.wait_for(got, 3);
  mended = true;
  auto dead = must(stage.client().topic(event), "topic").dead_letters("g");
  stage.wait_until("the dead letter to go back",
                   [&] { return must(stage.blocking([&] { return dead.redrive(); }), "redrive") == 1; });
  stage.wait_for(got, 4);
  stage.rest();
  check_same_messages(got.ids(), {"twice", "twice", "dead", "dead"}, "handler runs");
  stage.wait_until(
      "two done", [&] { return stage.show(event, "g").done.value_or(2) == 2; }, {}, milliseconds(3'000));
  check_equal(stage.show(event, "g").lag.value_or(0), 0u, "lag");
}

}  // namespace

std::vector<Case> dedup_cases() {
  return {{"Dedup", "the same id twice has one effect", {}, one_effect},
          {"Dedup", "a failure before success does not count", {}, failure_does_not_count}};
}

}  // namespace ductape::inline v0::testing::conformance
