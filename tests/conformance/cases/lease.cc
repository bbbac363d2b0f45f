// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds lease(1'000);

void long_handler(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& other = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g", .lease = lease}, kept.handler());
  stage.publish(event, "{}", {.id = "m"});
  stage.wait_for(kept, 1);
  stage.subscribe(stage.open(), event, {.group = "g", .lease = lease}, other.handler());
  stage.rest(10 * lease);
  check_equal(kept.total(), 1u, "deliveries of a message whose handler takes ten times the lease");
  check_equal(other.ids(), std::vector<std::string>{}, "deliveries to another member meanwhile");
  auto delivery = kept.take();
  if (stage.can().counts_deliveries)
    check_equal(delivery->context().deliveries().value_or(0), 1u, "hand-outs as the server counts them");
  auto& taken = stage.own<std::atomic<int>>();
  std::move(*delivery).ack([&](Result<void> result) { taken = result ? 1 : -1; });
  stage.wait_until("the completion of the ack", [&] { return taken != 0; });
  check_equal(taken.load(), 1, "the ack after ten times the lease is taken");
  stage.rest();
  check_equal(kept.total() + other.count(), 1u, "deliveries in all");
  check_equal(subscription.stats().lost, 0u, "lost in the stats");
}

// Also of what waits behind it: on an ordered topic the later messages of the key are held as long.
void what_waits_in_a_lane(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& kept = stage.kept();
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .concurrency = 4, .lease = lease}, [&](Delivery delivery) {
    got.add(delivery.context());
    kept.add(std::move(delivery));
  });
  const auto ids = stage.publish_many(event, "m", 3, "key");
  stage.wait_for(kept, 1);
  stage.subscribe(stage.open(), event, {.group = "g", .lease = lease}, got.handler());
  stage.rest(3 * lease);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    stage.wait_for(got, i + 1);
    if (auto delivery = kept.take()) std::move(*delivery).ack();
  }
  stage.rest();
  check_equal(got.ids(), ids, "the key's messages, in order");
  for (const auto& arrival : got.all())
    if (stage.can().counts_deliveries) check_equal(arrival.deliveries.value_or(0), 1u, "hand-outs of " + arrival.id);
}

}  // namespace

std::vector<Case> lease_cases() {
  return {{"Lease", "a handler ten times the lease: one delivery", {&needs::long_handlers}, long_handler},
          {"Lease", "what waits behind a long handler", {&needs::long_handlers}, what_waits_in_a_lane}};
}

}  // namespace ductape::inline v0::testing::conformance
