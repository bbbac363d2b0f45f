// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <mutex>
#include <optional>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void gives_back(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& first = stage.subscribe(event, {.group = "g", .concurrency = 4}, kept.handler());
  const auto ids = stage.publish_many(event, "m", 40);
  stage.wait_for(kept, 4);
  std::vector<std::string> acked;
  for (int i = 0; i < 2; ++i) {
    auto delivery = kept.take();
    acked.emplace_back(delivery->context().id());
    std::move(*delivery).ack();
  }
  stage.wait_for(kept, 6);
  // Four are with their handlers, more may have been fetched: all of it goes back.
  must_fail(stage.close(first, milliseconds(300)), Errc::timed_out, "close while four deliveries are kept");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, got.handler());
  stage.wait_for(got, ids.size() - acked.size());
  stage.rest(milliseconds(1'000));
  auto seen = got.ids();
  seen.insert(seen.end(), acked.begin(), acked.end());
  check_same_messages(seen, ids, "what was acknowledged before the close and what came after it");
  for (const auto& arrival : got.all()) {
    check_equal(arrival.attempt, 1u, "attempt of " + arrival.id + " after a close");
    if (stage.can().counts_deliveries && !stage.can().counts_clean_return)
      check_equal(arrival.deliveries.value_or(0), 1u, "deliveries of " + arrival.id + " after a clean give-back");
  }
}

void settle_after_close(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& first = stage.subscribe(event, {.group = "g"}, kept.handler());
  stage.publish(event, "{}", {.id = "m"});
  stage.wait_for(kept, 1);
  must_fail(stage.close(first, milliseconds(200)), Errc::timed_out, "close while a delivery is kept");
  auto& lost = stage.own<std::atomic<int>>();
  auto& other = stage.own<std::atomic<int>>();
  std::move(*kept.take()).ack([&](Result<void> result) {
    !result&& result.error().code == Errc::lost ? ++lost : ++other;
  });
  stage.wait_until("the completion of an ack after the close", [&] { return lost + other > 0; });
  check_equal(lost.load(), 1, "an ack after the close is lost, not taken");
  check_equal(first.stats().lost, 1u, "lost in the stats");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.wait_for(got, 1);
  check_equal(got.ids(), std::vector<std::string>{"m"}, "what comes again");
  check_equal(got.all().front().attempt, 1u, "attempt");
}

void waits_for_the_running(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g"}, kept.handler());
  stage.publish(event, "{}");
  stage.wait_for(kept, 1);
  auto closing = std::async(std::launch::async, [&] { return subscription.close(milliseconds(30'000)); });
  stage.rest(milliseconds(300));
  const bool early = closing.wait_for(milliseconds(0)) == std::future_status::ready;
  auto& taken = stage.own<std::atomic<int>>();
  std::move(*kept.take()).ack([&](Result<void> result) { taken = result ? 1 : -1; });
  try {
    stage.wait_until("close to end after the outcome",
                     [&] { return closing.wait_for(milliseconds(0)) == std::future_status::ready; });
  } catch (...) {
    kept.end();  // or the destructor of the future would wait for ever
    throw;
  }
  check(!early, "close must wait for a delivery that is under way");
  must(closing.get(), "close whose last delivery ended in time");
  stage.wait_until("the completion of the ack", [&] { return taken != 0; });
  check_equal(taken.load(), 1, "an ack while the subscription closes is taken");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.rest(milliseconds(500));
  check_equal(got.ids(), std::vector<std::string>{}, "what comes again after it");
}

void nothing_new_after_close(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, got.handler());
  stage.publish(event, "{}");
  stage.wait_for(got, 1);
  must(stage.close(subscription), "close");
  stage.publish(event, "{}");
  stage.rest();
  check_equal(got.count(), 1u, "deliveries after the close");
}

void ended_by_its_handler(Stage& stage) {
  struct Own {
    std::mutex mutex;
    std::optional<Subscription> subscription;
    Errc waited = {};
    std::vector<std::string> handled;
  };
  const auto event = stage.declare("orders:new");
  auto& own = stage.own<Own>();
  own.subscription = must(stage.client().subscribe({.event = event}, {.group = "g", .concurrency = 4},
                                                   [&own](const Message& message) {
                                                     const std::lock_guard lock(own.mutex);
                                                     own.handled.emplace_back(message.id());
                                                     if (!own.subscription) return;
                                                     own.waited = own.subscription->wait().error().code;
                                                     own.subscription.reset();
                                                   }),
                          "subscribe");
  const auto ids = stage.publish_many(event, "m", 20);
  stage.wait_until("the first to be handled", [&] {
    const std::lock_guard lock(own.mutex);
    return !own.handled.empty();
  });
  stage.rest();
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.wait_until("all to be handled", [&] {
    const std::lock_guard lock(own.mutex);
    return own.handled.size() + got.count() >= ids.size();
  });
  stage.rest();
  check(own.waited == Errc::invalid_argument, "a handler that waits for its own subscription is refused");
  auto seen = got.ids();
  seen.insert(seen.end(), own.handled.begin(), own.handled.end());
  check_same_messages(seen, ids, "what was handled before its handler ended it and what came after");
  for (const auto& arrival : got.all()) check_equal(arrival.attempt, 1u, "attempt of " + arrival.id);
}

void close_twice(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& client = stage.open();
  auto& subscription = stage.subscribe(client, event, {.group = "g"}, [](const Message&) {});
  must(stage.close(subscription), "close");
  must(stage.close(subscription), "second close");
  must(subscription.wait(milliseconds(0)), "wait after the close");
  must(stage.blocking([&] { return client.close(); }), "close of the client");
  must(stage.blocking([&] { return client.close(); }), "second close of the client");
  must_fail(client.publish({.event = event, .message = "{}"}).get_for(milliseconds(15'000)), Errc::closed,
            "publish after the close");
  must_fail(client.subscribe({.event = event}, {.group = "g"}, [](const Message&) {}), Errc::closed,
            "subscribe after the close");
}

void client_close_confirms_publishes(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  auto& client = stage.open();
  std::vector<Future<Receipt>> futures;
  for (int i = 0; i < 200; ++i) futures.push_back(client.publish({.event = event, .message = "{}"}));
  must(stage.blocking([&] { return client.close(milliseconds(10'000)); }), "close with publishes under way");
  std::vector<std::string> ids;
  for (auto& future : futures) {
    check(future.ready(), "every publish has its result when close returns");
    ids.push_back(must(future.get(), "publish that was under way at the close").id);
  }
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "what was under way at the close");
}

}  // namespace

std::vector<Case> close_cases() {
  return {{"Settle", "close gives back: nothing lost, no attempt", {}, gives_back},
          {"Settle", "settle after close", {}, settle_after_close},
          {"Settle", "close waits for what runs", {}, waits_for_the_running},
          {"Settle", "nothing new after close", {}, nothing_new_after_close},
          {"Settle", "close is idempotent", {}, close_twice},
          {"Settle", "a handler ends its own subscription", {}, ended_by_its_handler},
          {"Settle", "close of a client confirms its publishes", {}, client_close_confirms_publishes}};
}

}  // namespace ductape::inline v0::testing::conformance
