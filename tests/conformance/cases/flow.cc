// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "tests/conformance/suite/bodies.h"
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void pull_form(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& subscription = stage.pull(event, {.group = "g"});
  const auto ids = stage.publish_many(event, "m", 10);
  stage.rest();
  if (const auto status = stage.show(event, "g"); status.in_flight)
    check_equal(*status.in_flight, 0u, "in flight before anybody asked");
  auto taken = stage.receive(subscription, 3);
  check(!taken.empty() && taken.size() <= 3,
        "receive(3): expected one to three deliveries, saw " + std::to_string(taken.size()));
  std::vector<std::string> seen;
  const auto ack = [&](std::vector<Delivery> deliveries) {
    for (auto& delivery : deliveries) {
      seen.emplace_back(delivery.context().id());
      check_equal(delivery.context().attempt(), 1u, "attempt of " + seen.back());
      std::move(delivery).ack();
    }
  };
  ack(std::move(taken));
  while (seen.size() < ids.size()) {
    auto more = stage.receive(subscription, 4);
    check(!more.empty() && more.size() <= 4,
          "receive(4) with messages waiting: saw " + std::to_string(more.size()) + " deliveries");
    ack(std::move(more));
  }
  check_same_messages(seen, ids, "what was received");
  check_equal(stage.receive(subscription, 4, milliseconds(200)).size(), 0u, "deliveries when nothing is left");
  must(stage.close(subscription), "close");
  must_fail(stage.blocking([&] { return subscription.receive(1, milliseconds(200)); }), Errc::closed,
            "receive after the close");
}

void pause_and_resume(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, got.handler());
  stage.publish_many(event, "a", 5);
  stage.wait_for(got, 5);
  subscription.pause();
  stage.rest();
  const auto ids = stage.publish_many(event, "b", 20);
  stage.rest(milliseconds(500));
  check_equal(got.count(), 5u, "deliveries while paused");
  subscription.resume();
  stage.wait_for(got, 5 + ids.size());
  stage.rest();
  check_equal(got.count(), 5 + ids.size(), "deliveries after the resume");
  // What came while it was paused was given back once at most, whoever counts that.
  const std::uint32_t most = stage.can().counts_clean_return ? 2 : 1;
  if (stage.can().counts_deliveries)
    for (const auto& arrival : got.all())
      check(arrival.deliveries.value_or(0) <= most, "hand-outs of " + arrival.id + ": expected at most " +
                                                        std::to_string(most) + ", saw " +
                                                        std::to_string(arrival.deliveries.value_or(0)));
}

void limit_is_never_passed(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 4, .limit = 7}, got.handler());
  const auto ids = stage.publish_many(event, "m", 20);
  must(stage.blocking([&] { return subscription.wait(milliseconds(15'000)); }), "wait for the end by the limit");
  stage.rest();
  check_equal(got.count(), 7u, "deliveries to a subscription with limit 7");
  auto& rest = stage.received();
  stage.subscribe(event, {.group = "g"}, rest.handler());
  stage.wait_for(rest, 13);
  stage.rest();
  auto all = got.ids();
  for (const auto& arrival : rest.all()) {
    all.push_back(arrival.id);
    // What was on its way when the limit was reached goes back, which some providers count.
    if (stage.can().counts_deliveries && !(stage.can().counts_clean_return && arrival.deliveries == 2))
      check_equal(arrival.deliveries.value_or(0), 1u, "hand-outs of " + arrival.id + ", which the limit left alone");
  }
  check_same_messages(all, ids, "before and after the limit");
}

void fifty_subscribers(Stage& stage) {
  const auto event = stage.declare("orders:new");
  const int groups = stage.can().many_groups ? 25 : 1;
  std::vector<Received*> got;
  for (int group = 0; group < groups; ++group) {
    got.push_back(&stage.received());
    for (int member = 0; member < 50 / groups; ++member)
      stage.subscribe(event, {.group = "group-" + std::to_string(group)}, got.back()->handler());
  }
  const auto ids = stage.publish_many(event, "m", 20);
  for (const auto* one : got) stage.wait_for(*one, ids.size());
  stage.rest();
  for (std::size_t group = 0; group < got.size(); ++group)
    check_same_messages(got[group]->ids(), ids, "group-" + std::to_string(group));
}

void saturated_handlers(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 4}, kept.handler());
  constexpr std::size_t count = 40;
  stage.publish_many(event, "m", count);
  for (std::size_t settled = 0; settled < count; ++settled) {
    const auto expected = std::min<std::size_t>(settled + 4, count);
    stage.wait_for(kept, expected);
    if (settled % 10 == 0) stage.rest(milliseconds(100));
    check_equal(kept.total(), expected, "deliveries with four slots after " + std::to_string(settled) + " outcomes");
    std::move(*kept.take()).ack();
  }
  stage.rest();
  check_equal(kept.total(), count, "deliveries in all");
  check_equal(subscription.stats().reconnects, 0u, "reconnects: back-pressure must not cost the connection");
}

void byte_bound(Stage& stage) {
  const auto event = stage.declare("files:new");
  const std::size_t size = std::min<std::uint64_t>(256 * 1024, stage.can().message_max / 8);
  const std::size_t bound = 4 * size;
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 64, .max_bytes = bound}, kept.handler());
  constexpr std::size_t count = 24;
  for (std::size_t i = 0; i < count; ++i)
    stage.publish(event, random_bytes(size, i), {.content_type = "application/octet-stream"});
  std::size_t settled = 0;
  stage.wait_until(
      std::to_string(count) + " deliveries",
      [&] {
        stage.rest(milliseconds(20));
        const auto held = kept.held() * size;
        if (held > bound + size)
          fail("bodies held: expected at most " + std::to_string(bound) + " bytes and one body, saw " +
               std::to_string(held));
        if (auto delivery = kept.take()) {
          std::move(*delivery).ack();
          ++settled;
        }
        return settled == count;
      },
      [&] { return std::to_string(kept.total()) + " delivered, " + std::to_string(settled) + " settled"; });
  check_equal(subscription.stats().reconnects, 0u, "reconnects: back-pressure must not cost the connection");
}

void backlog(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g"}, got.handler());
  std::vector<std::string> ids;
  subscription.pause();
  for (int batch = 0; batch < 10; ++batch)
    for (auto& id : stage.publish_many(event, "b" + std::to_string(batch), 200)) ids.push_back(std::move(id));
  subscription.resume();
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "a backlog of 2000 messages");
}

void parked_full(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& got = stage.received();
  const RetryOptions slow{.backoff_min = milliseconds(600), .backoff_max = milliseconds(600)};
  auto& subscription = stage.subscribe(event, {.group = "g", .retry = slow, .concurrency = 2, .max_parked = 3},
                                       [&](const Message&, const Context& context) {
                                         got.add(context);
                                         if (context.attempt() == 1) throw std::runtime_error("not yet");
                                       });
  constexpr int keys = 12;
  for (int key = 1; key <= keys; ++key) stage.publish(event, "{}", {.key = "key-" + std::to_string(key)});
  std::uint64_t most = 0;
  bool told = false;
  stage.wait_until(
      "each message at its second attempt",
      [&] {
        most = std::max(most, subscription.stats().parked);
        for (const auto& item : stage.client().health().items)
          told |= item.state == HealthState::degraded && item.reason.find("parked_full") != std::string::npos;
        return got.count() >= 2 * keys;
      },
      [&] { return std::to_string(got.count()) + " handler runs"; });
  check(most >= 3 && most <= 4,
        "parked at a time: expected 3, or 4 with the one that was running; saw " + std::to_string(most));
  check(told, "health must say `parked_full` while it is so");
  stage.rest();
  check_equal(got.count(), 2u * keys, "handler runs");
  check(stage.client().health().state != HealthState::red, "health afterwards");
}

void stats_add_up(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(event, {.group = "g", .concurrency = 3}, kept.handler());
  stage.publish_many(event, "m", 5);
  stage.wait_for(kept, 3);
  check_equal(subscription.stats().in_flight, 3u, "in flight in the stats");
  for (std::size_t i = 0; i < 5; ++i) {
    stage.wait_for(kept, std::min<std::size_t>(5, i + 3));
    std::move(*kept.take()).ack();
  }
  stage.wait_until(
      "five acks in the stats", [&] { return subscription.stats().acked == 5; },
      [&] { return std::to_string(subscription.stats().acked); });
  const auto stats = subscription.stats();
  check_equal(stats.delivered, 5u, "delivered in the stats");
  check_equal(stats.in_flight, 0u, "in flight in the stats, all settled");
  check_equal(stats.retried + stats.dead_lettered + stats.lost, 0u, "retried, dead-lettered and lost in the stats");
}

}  // namespace

std::vector<Case> flow_cases() {
  return {{"Flow", "pull form", {}, pull_form},
          {"Flow", "pause and resume", {}, pause_and_resume},
          {"Flow", "a limit is never passed", {}, limit_is_never_passed},
          {"Flow", "50 subscribers", {}, fifty_subscribers},
          {"Flow", "saturated handlers", {}, saturated_handlers},
          {"Flow", "byte bound", {}, byte_bound},
          {"Flow", "a backlog of 2000", {}, backlog},
          {"Flow", "parked_full", {}, parked_full},
          {"Flow", "stats add up", {}, stats_add_up}};
}

}  // namespace ductape::inline v0::testing::conformance
