// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>
#include <type_traits>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

// What the types already promise: a delivery cannot be copied, and settling consumes it.
template <class D>
concept acks_without_being_consumed = requires(D delivery) {
  delivery.ack();
};
static_assert(!std::is_copy_constructible_v<Delivery> && !std::is_copy_assignable_v<Delivery>);
static_assert(!acks_without_being_consumed<Delivery>);

void ack_is_for_good(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& first = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, first.handler());
  const auto ids = stage.publish_many(event, "m", 20);
  stage.wait_for(first, ids.size());
  must(stage.close(subscription), "close");
  check_equal(subscription.stats().acked, ids.size(), "acked in the stats");
  check_equal(subscription.stats().lost, 0u, "lost in the stats");
  auto& second = stage.received();
  stage.subscribe(event, {.group = "g"}, second.handler());
  stage.rest(milliseconds(1'000));
  check_equal(second.ids(), std::vector<std::string>{}, "what the next member gets of what was acknowledged");
}

void ack_completion(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, kept.handler());
  stage.publish_many(event, "m", 10);
  auto& taken = stage.own<std::atomic<int>>();
  auto& failed = stage.own<std::atomic<int>>();
  for (int i = 0; i < 10; ++i) {
    stage.wait_for(kept, static_cast<std::size_t>(i) + 1);
    std::move(*kept.take()).ack([&](Result<void> result) { result ? ++taken : ++failed; });
  }
  stage.wait_until(
      "ten completions of acks", [&] { return taken + failed >= 10; },
      [&] { return std::to_string(taken) + " and " + std::to_string(failed) + " failures"; });
  check_equal(failed.load(), 0, "acks that failed");
}

void settled_on_another_thread(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 8}, kept.handler());
  stage.publish_many(event, "m", 100);
  std::atomic<int> settled = 0;
  std::atomic<bool> enough = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!enough)
        if (auto delivery = kept.take()) {
          std::move(*delivery).ack();
          ++settled;
        } else {
          std::this_thread::yield();
        }
    });
  try {
    stage.wait_until(
        "100 outcomes from three threads", [&] { return settled >= 100; }, [&] { return std::to_string(settled); });
    stage.wait_until(
        "100 acks taken", [&] { return subscription.stats().acked >= 100; },
        [&] { return std::to_string(subscription.stats().acked); });
  } catch (...) {
    enough = true;
    for (auto& thread : threads) thread.join();
    throw;
  }
  enough = true;
  for (auto& thread : threads) thread.join();
  stage.rest();
  check_equal(kept.total(), 100u, "deliveries of 100 messages");
}

void moved_from_is_settled(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g"}, kept.handler());
  stage.publish(event, "{}");
  stage.wait_for(kept, 1);
  auto delivery = kept.take();
  auto& first = stage.own<std::atomic<int>>();
  auto& second = stage.own<std::atomic<int>>();
  std::move(*delivery).ack([&](Result<void> result) { first = result ? 1 : -1; });
  std::move(*delivery).retry({}, "once more", [&](Result<void>) { ++second; });
  delivery.reset();
  stage.wait_until("the completion of the ack", [&] { return first != 0; });
  stage.rest(milliseconds(2'000));
  check_equal(first.load(), 1, "the first outcome counts");
  check_equal(second.load(), 0, "completions of the second outcome, which does nothing");
  check_equal(kept.total(), 1u, "deliveries: a second outcome must not bring the message back");
  check_equal(subscription.stats().acked, 1u, "acked in the stats");
}

void abandoned_is_a_failed_attempt(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& got = stage.received();
  const RetryOptions quick{.max_attempts = 5, .backoff_min = milliseconds(200), .backoff_max = milliseconds(200)};
  stage.subscribe(event, {.group = "g", .retry = quick}, [&](Delivery delivery) {
    got.add(delivery.context());
    if (got.count() >= 3) kept.add(std::move(delivery));
  });
  stage.publish(event, "{}", {.id = "m"});
  stage.wait_for(got, 3);
  const auto all = got.all();
  for (std::size_t i = 0; i < 3; ++i) {
    check_equal(all[i].id, "m", "id");
    check_equal(all[i].attempt, i + 1, "attempt on delivery " + std::to_string(i + 1));
  }
  std::move(*kept.take()).ack();
  stage.rest(milliseconds(1'000));
  check_equal(got.count(), 3u, "deliveries in all");
}

void others_go_on_beside_an_abandoned_one(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  const RetryOptions slow{.backoff_min = milliseconds(4'000), .backoff_max = milliseconds(4'000)};
  stage.subscribe(event, {.group = "g", .retry = slow, .concurrency = 1}, [&](Delivery delivery) {
    got.add(delivery.context());
    if (delivery.context().id() != "m-1" || delivery.context().attempt() > 1) std::move(delivery).ack();
  });
  const auto ids = stage.publish_many(event, "m", 20);
  stage.wait_until(
      "20 deliveries while the first waits", [&] { return got.count() >= 20; }, [&] { return to_text(got.ids()); },
      milliseconds(2'500));
  check_same_messages(got.ids(), ids, "first deliveries");
  stage.wait_for(got, 21);
  check_equal(got.all().back().id, "m-1", "what comes again");
}

}  // namespace

std::vector<Case> settle_cases() {
  return {{"Settle", "an ack is for good", {}, ack_is_for_good},
          {"Settle", "the completion of an ack", {}, ack_completion},
          {"Settle", "settled later, on other threads", {}, settled_on_another_thread},
          {"Settle", "a second outcome does nothing", {}, moved_from_is_settled},
          {"Settle", "abandoned is a failed attempt and comes again", {}, abandoned_is_a_failed_attempt},
          {"Settle", "others go on beside one that waits", {}, others_go_on_beside_an_abandoned_one}};
}

}  // namespace ductape::inline v0::testing::conformance
