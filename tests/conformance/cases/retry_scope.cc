// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

// What the other group saw: everything, once, as if nothing had ever failed.
void check_untouched(Stage& stage, const std::string& event, const Received& other,
                     const std::vector<std::string>& ids) {
  check_same_messages(other.ids(), ids, "group b, beside a group whose handler fails");
  for (const auto& arrival : other.all()) {
    check_equal(arrival.attempt, 1u, "attempt of " + arrival.id + " in group b");
    if (stage.can().counts_deliveries)
      check_equal(arrival.deliveries.value_or(0), 1u, "hand-outs of " + arrival.id + " in group b");
  }
  const auto status = stage.show(event, "b");
  check_equal(status.dead.value_or(0), 0u, "dead letters of group b");
  check_equal(status.lag.value_or(0), 0u, "lag of group b");
  check_equal(status.done.value_or(ids.size()), ids.size(), "done in group b");
}

void retries_reach_their_group(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& a = stage.received();
  auto& b = stage.received();
  const RetryOptions quick{.backoff_min = milliseconds(200), .backoff_max = milliseconds(200)};
  stage.subscribe(event, {.group = "a", .retry = quick}, [&](const Message&, const Context& context) {
    a.add(context);
    if (context.attempt() < 3) throw std::runtime_error("not yet");
  });
  stage.subscribe(event, {.group = "b"}, b.handler());
  const auto ids = stage.publish_many(event, "m", 30);
  stage.wait_for(a, 3 * ids.size());
  stage.wait_for(b, ids.size());
  stage.rest(milliseconds(600));
  check_equal(a.count(), 3 * ids.size(), "handler runs in group a");
  check_untouched(stage, event, b, ids);
}

void dead_letters_are_their_groups(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& a = stage.received();
  auto& b = stage.received();
  stage.subscribe(event, {.group = "a"}, [&](const Message& message, const Context& context) {
    a.add(context);
    if (message.text().ends_with("3")) throw Reject("no threes");
  });
  stage.subscribe(event, {.group = "b"}, b.handler());
  const auto ids = stage.publish_many(event, "m", 30);
  stage.wait_for(a, ids.size());
  stage.wait_for(b, ids.size());
  stage.rest();
  check_same_messages(a.ids(), ids, "group a");
  stage.wait_until("three dead letters of group a and 27 done", [&] {
    const auto status = stage.show(event, "a");
    return status.dead.value_or(3) == 3 && status.done.value_or(27) == 27;
  });
  check_untouched(stage, event, b, ids);
}

}  // namespace

std::vector<Case> retry_scope_cases() {
  return {{"Retry scope", "a retry reaches its group alone", {&needs::many_groups}, retries_reach_their_group},
          {"Retry scope", "a dead letter is its group's alone", {&needs::many_groups}, dead_letters_are_their_groups}};
}

}  // namespace ductape::inline v0::testing::conformance
