// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <map>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr RetryOptions every(milliseconds backoff, std::uint32_t attempts = 5) {
  return {.max_attempts = attempts, .backoff_min = backoff, .backoff_max = backoff};
}

/// What handlers saw and when, in the provider's time. Thread-safe.
class Timeline {
 public:
  void begin(const Stage& stage) { stage_ = &stage; }
  /// Returns the attempt.
  std::uint32_t add(const Context& context) {
    const auto now = stage_->now();
    std::lock_guard lock(mutex_);
    tries_[std::string(context.id())].push_back({context.attempt(), now});
    ++count_;
    return context.attempt();
  }
  [[nodiscard]] std::size_t count() const {
    std::lock_guard lock(mutex_);
    return count_;
  }
  struct Try {
    std::uint32_t attempt;
    milliseconds at;
  };
  [[nodiscard]] std::vector<Try> of(const std::string& id) const {
    std::lock_guard lock(mutex_);
    const auto found = tries_.find(id);
    return found == tries_.end() ? std::vector<Try>{} : found->second;
  }
  [[nodiscard]] std::string attempts_of(const std::string& id) const {
    std::string text;
    for (const auto& one : of(id)) text += (text.empty() ? "" : " ") + std::to_string(one.attempt);
    return text;
  }

 private:
  const Stage* stage_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Try>> tries_;
  std::size_t count_ = 0;
};

Timeline& timeline(Stage& stage) {
  auto& made = stage.own<Timeline>();
  made.begin(stage);
  return made;
}

void wait_for(Stage& stage, const Timeline& seen, std::size_t count, Where where = Where::here()) {
  stage.wait_until(
      std::to_string(count) + " handler runs", [&] { return seen.count() >= count; },
      [&] { return std::to_string(seen.count()); }, usual_wait, where);
}

// Never earlier; later only by what a loaded machine takes.
void check_waits(const Timeline& seen, const std::string& id, milliseconds least, Where where = Where::here()) {
  constexpr milliseconds clock_grain(5), most_late(2'000);
  const auto tries = seen.of(id);
  for (std::size_t i = 1; i < tries.size(); ++i) {
    const auto waited = tries[i].at - tries[i - 1].at;
    check(waited + clock_grain >= least && waited <= least + most_late,
          "wait before attempt " + std::to_string(tries[i].attempt) + " of " + id + ": expected " +
              std::to_string(least.count()) + " ms, saw " + std::to_string(waited.count()),
          where);
  }
}

void backoff_is_waited(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& seen = timeline(stage);
  stage.subscribe(event, {.group = "g", .retry = every(milliseconds(1'000))},
                  [&](const Message&, const Context& context) {
                    if (seen.add(context) < 3) throw std::runtime_error("not yet");
                  });
  const auto ids = stage.publish_many(event, "m", 10);
  wait_for(stage, seen, 30);
  stage.rest(milliseconds(1'200));
  check_equal(seen.count(), 30u, "handler runs of ten messages that succeed at the third attempt");
  for (const auto& id : ids) {
    check_equal(seen.attempts_of(id), "1 2 3", "attempts of " + id);
    check_waits(seen, id, milliseconds(1'000));
  }
}

void delay_is_the_handlers(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& seen = timeline(stage);
  stage.subscribe(event, {.group = "g", .retry = every(milliseconds(60'000))}, [&](Delivery delivery) {
    seen.add(delivery.context()) < 2 ? std::move(delivery).retry(milliseconds(1'000), "busy")
                                     : std::move(delivery).ack();
  });
  stage.publish(event, "{}", {.id = "m"});
  wait_for(stage, seen, 2);
  check_equal(seen.attempts_of("m"), "1 2", "attempts");
  check_waits(seen, "m", milliseconds(1'000));
}

void attempts_are_exact(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& seen = timeline(stage);
  auto& subscription = stage.subscribe(event, {.group = "g", .retry = every(milliseconds(100), 4), .concurrency = 4},
                                       [&](const Message& message, const Context& context) {
                                         seen.add(context);
                                         if (message.text().ends_with("7")) throw std::runtime_error("never");
                                       });
  const auto ids = stage.publish_many(event, "m", 20);
  wait_for(stage, seen, 18 + 2 * 4);
  stage.wait_until(
      "two dead letters", [&] { return subscription.stats().dead_lettered == 2; },
      [&] { return std::to_string(subscription.stats().dead_lettered); });
  stage.rest(milliseconds(1'000));
  for (const auto& id : ids)
    check_equal(seen.attempts_of(id), id.ends_with("7") ? "1 2 3 4" : "1", "attempts of " + id + ", at most 4");
  check_equal(subscription.stats().retried, 6u, "retried in the stats");
  stage.wait_until("the counts of the group", [&] {
    const auto status = stage.show(event, "g");
    return status.lag.value_or(0) == 0 && status.dead.value_or(2) == 2 && status.done.value_or(18) == 18;
  });
}

void rejected_at_once(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& subscription = stage.subscribe(event, {.group = "g", .retry = every(milliseconds(100))},
                                       [&](const Message&, const Context& context) {
                                         got.add(context);
                                         throw Reject("negative total");
                                       });
  stage.publish_many(event, "m", 3);
  stage.wait_for(got, 3);
  stage.wait_until("three dead letters", [&] { return subscription.stats().dead_lettered == 3; });
  stage.rest(milliseconds(500));
  check_equal(got.count(), 3u, "handler runs of three messages that were rejected");
  check_equal(subscription.stats().retried, 0u, "retried in the stats");
}

void whatever_is_thrown(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .retry = every(milliseconds(100))},
                  [&](const Message&, const Context& context) {
                    got.add(context);
                    if (context.attempt() == 1) throw 42;
                  });
  stage.publish(event, "{}");
  stage.wait_for(got, 2);
  stage.rest(milliseconds(500));
  check_equal(got.count(), 2u, "handler runs");
  check_equal(got.all().back().attempt, 2u, "attempt after something that is no exception was thrown");
}

void handler_timeout(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  auto& subscription = stage.subscribe(
      event, {.group = "g", .retry = every(milliseconds(100)), .handler_timeout = milliseconds(500)}, kept.handler());
  stage.publish(event, "{}", {.id = "m"});
  stage.wait_for(kept, 2);
  auto late = kept.take(), second = kept.take();
  check(late->context().stop_token().stop_requested(), "the stop token of a handler that runs too long");
  check_equal(second->context().attempt(), 2u, "attempt after a handler that ran too long");
  check(!second->context().stop_token().stop_requested(), "the stop token of the next attempt");
  auto& lost = stage.own<std::atomic<int>>();
  auto& taken = stage.own<std::atomic<int>>();
  std::move(*late).ack([&](Result<void> result) { lost = !result && result.error().code == Errc::lost ? 1 : -1; });
  std::move(*second).ack([&](Result<void> result) { taken = result ? 1 : -1; });
  stage.wait_until("both completions", [&] { return lost != 0 && taken != 0; });
  check_equal(lost.load(), 1, "the ack of a handler whose time was over is lost");
  check_equal(taken.load(), 1, "the ack of the next attempt is taken");
  stage.rest(milliseconds(800));
  check_equal(kept.total(), 2u, "deliveries");
  check_equal(subscription.stats().acked, 1u, "acked in the stats");
}

// It waits for its next attempt while the subscription that knows of the first one closes.
void retry_through_a_close(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  const auto handler = [&](const Message&, const Context& context) {
    got.add(context);
    throw std::runtime_error("never");
  };
  const SubscribeOptions options{.group = "g", .retry = every(milliseconds(400), 3)};
  std::size_t before = 0;
  for (int member = 0; member < 2; ++member) {
    auto& subscription = stage.subscribe(event, options, handler);
    if (member == 0) stage.publish(event, "{}", {.id = "m"});
    stage.wait_for(got, ++before);
    must(stage.close(subscription), "close while a message waits for its next attempt");
  }
  auto& last = stage.subscribe(event, options, handler);
  stage.wait_until("the dead letter", [&] { return last.stats().dead_lettered == 1; });
  stage.rest(milliseconds(800));
  std::uint32_t expected = 1;
  for (const auto& arrival : got.all()) {
    check(arrival.attempt <= expected, "attempt: expected at most " + std::to_string(expected) + ", saw " +
                                           std::to_string(arrival.attempt) + ": a close raises none");
    expected = arrival.attempt + 1;
  }
  check(got.count() >= 3,
        "handler runs before the dead letter: expected at least 3, saw " + std::to_string(got.count()));
}

}  // namespace

std::vector<Case> retry_cases() {
  return {{"Settle", "a retry waits for its back-off", {}, backoff_is_waited},
          {"Settle", "a retry waits as long as the handler says", {}, delay_is_the_handlers},
          {"Settle", "attempts are exact, then it is dead-lettered", {}, attempts_are_exact},
          {"Settle", "what is rejected is not tried again", {}, rejected_at_once},
          {"Settle", "whatever is thrown is a failed attempt", {}, whatever_is_thrown},
          {"Settle", "a handler that runs longer than its time-out", {}, handler_timeout},
          {"Settle", "a retry through a close", {}, retry_through_a_close}};
}

}  // namespace ductape::inline v0::testing::conformance
