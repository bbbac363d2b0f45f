// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

// Bodies are "key#number". Notes what breaks the order of a key; thread-safe.
class KeyWatch {
 public:
  void begin(const Context& context) {
    std::lock_guard lock(mutex_);
    const std::string key(context.message().key()), id(context.id());
    const auto number = std::stoi(std::string(context.message().text().substr(context.message().text().find('#') + 1)));
    if (auto& other = active_[key]; !other.empty())
      broken_ += id + " was handed out while " + other + " of the same key was under way\n";
    active_[key] = id;
    if (auto& last = last_[key]; number > last + 1)
      broken_ += id + " was handed out first after number " + std::to_string(last) + " of its key\n";
    else
      last = std::max(last, number);
    ids_.push_back(id);
  }
  void end(const Context& context) {
    std::lock_guard lock(mutex_);
    active_.erase(std::string(context.message().key()));
  }
  [[nodiscard]] std::string broken() const {
    std::lock_guard lock(mutex_);
    return broken_;
  }
  [[nodiscard]] std::vector<std::string> ids() const {
    std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> active_;
  std::map<std::string, int> last_;
  std::string broken_;
  std::vector<std::string> ids_;
};

// Keys taken in turn, so that neighbours have different ones.
std::vector<std::string> publish_keys(Stage& stage, const std::string& event, int keys, int each) {
  std::vector<std::string> ids;
  std::vector<BatchItem> batch;
  for (int number = 1; number <= each; ++number)
    for (int k = 1; k <= keys; ++k) {
      const auto key = "key-" + std::to_string(k);
      ids.push_back(key + "#" + std::to_string(number));
      batch.push_back({.message = ids.back(), .options = {.key = key, .id = ids.back()}});
    }
  auto topic = must(stage.client().topic(event), "topic");
  for (auto& result : must(topic.publish_batch(std::move(batch)).get_for(milliseconds(15'000)), "publish_batch"))
    must(std::move(result), "message of a batch");
  return ids;
}

auto watched(KeyWatch& watch, Kept& kept) {
  return [&](Delivery delivery) {
    watch.begin(delivery.context());
    kept.add(std::move(delivery));
  };
}

void settle_all(KeyWatch& watch, Kept& kept) {
  for (auto& delivery : kept.take_all()) {
    watch.end(delivery.context());
    std::move(delivery).ack();
  }
}

void settle_until(Stage& stage, KeyWatch& watch, Kept& kept, std::size_t count, Where where = Where::here()) {
  stage.wait_until(
      std::to_string(count) + " deliveries",
      [&] {
        settle_all(watch, kept);
        return watch.ids().size() >= count;
      },
      [&] { return std::to_string(watch.ids().size()); }, milliseconds(15'000), where);
  settle_all(watch, kept);
  check_equal(watch.broken(), "", "order of each key", where);
}

void one_consumer(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& watch = stage.own<KeyWatch>();
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .concurrency = 6}, watched(watch, kept));
  const auto ids = publish_keys(stage, event, 12, 25);
  settle_until(stage, watch, kept, ids.size());
  stage.rest();
  check_same_messages(watch.ids(), ids, "deliveries on an ordered topic");
}

void single_publishes_keep_call_order(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& watch = stage.own<KeyWatch>();
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, watched(watch, kept));
  std::vector<std::string> ids;
  std::vector<Future<Receipt>> futures;
  for (int number = 1; number <= 100; ++number)
    for (const std::string key : {"a", "b"}) {
      ids.push_back(key + "#" + std::to_string(number));
      futures.push_back(
          stage.client().publish({.event = event, .message = ids.back()}, {.key = key, .id = ids.back()}));
    }
  for (auto& future : futures) must(future.get_for(milliseconds(15'000)), "publish");
  settle_until(stage, watch, kept, ids.size());
  check_same_messages(watch.ids(), ids, "deliveries of single publishes");
}

void slow_key(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& kept = stage.kept();
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, [&](Delivery delivery) {
    if (delivery.message().key() == "slow") return kept.add(std::move(delivery));
    got.add(delivery.context());
    std::move(delivery).ack();
  });
  const auto slow = stage.publish_many(event, "slow", 5, "slow");
  std::vector<std::string> fast;
  for (const std::string key : {"a", "b", "c"})
    for (auto& id : stage.publish_many(event, "fast-" + key, 30, key)) fast.push_back(std::move(id));
  stage.wait_for(got, fast.size());
  check_same_messages(got.ids(), fast, "the other keys while one is slow");
  check_equal(kept.total(), 1u, "deliveries of the slow key: the first is not settled yet");
  for (std::size_t i = 0; i < slow.size(); ++i) {
    stage.wait_for(kept, i + 1);
    auto delivery = kept.take();
    check_equal(std::string(delivery->context().id()), slow[i], "the slow key's next message");
    std::move(*delivery).ack();
  }
}

void joining_and_leaving(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& watch = stage.own<KeyWatch>();
  auto& kept = stage.kept();
  const SubscribeOptions options{.group = "g", .concurrency = 4};
  auto& first = stage.subscribe(event, options, watched(watch, kept));
  const auto ids = publish_keys(stage, event, 10, 40);
  settle_until(stage, watch, kept, ids.size() / 4);
  auto& second = stage.subscribe(stage.open(), event, options, watched(watch, kept));
  settle_until(stage, watch, kept, ids.size() / 2);
  const auto close = [&](Subscription& subscription, const std::string& what) {
    auto closing = std::async(std::launch::async, [&] { return subscription.close(milliseconds(20'000)); });
    try {
      stage.wait_until(what, [&] {
        settle_all(watch, kept);
        return closing.wait_for(milliseconds(0)) == std::future_status::ready;
      });
    } catch (...) {
      kept.end();
      throw;
    }
    must(closing.get(), what);
  };
  close(first, "close of the first member");
  settle_until(stage, watch, kept, ids.size() * 3 / 4);
  stage.subscribe(stage.open(), event, options, watched(watch, kept));
  close(second, "close of the second member");
  settle_until(stage, watch, kept, ids.size());
  stage.rest();
  settle_all(watch, kept);
  check_equal(watch.broken(), "", "order of each key");
  check_same_messages(watch.ids(), ids, "deliveries with members joining and leaving");
}

void key_on_unordered_topic(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto result = stage.client().publish({.event = event, .message = "{}"}, {.key = "k"}).get_for(milliseconds(15'000));
  const auto error = must_fail(std::move(result), Errc::invalid_argument, "a key on a topic that is not ordered");
  check((error.message + error.hint).find("ordered") != std::string::npos,
        "the refusal must name the switch `ordered`; saw " + to_text(error));
}

}  // namespace

std::vector<Case> order_cases() {
  return {{"Order", "per key on one consumer", {}, one_consumer},
          {"Order", "single publishes keep their call order", {}, single_publishes_keep_call_order},
          {"Order", "a slow key does not stall others", {}, slow_key},
          {"Order", "members joining and leaving", {}, joining_and_leaving},
          {"Order", "a key on an unordered topic is refused", {}, key_on_unordered_topic}};
}

}  // namespace ductape::inline v0::testing::conformance
