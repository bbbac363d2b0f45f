// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr RetryOptions every(milliseconds backoff) {
  return {.max_attempts = 20, .backoff_min = backoff, .backoff_max = backoff};
}

// Messages are "key#number", numbers from 1. Says what breaks the order of a key, in words; empty if nothing does. A
// try is "begin key#number" and, if it succeeded, later "done key#number". A message may be tried again, but not beside
// another try of its key in the same process, and not before all earlier ones of its key are done.
class OrderCheck {
 public:
  void begin(const std::string& id) {
    const auto& [key, number] = split(id);
    if (number > done_[key] + 1)
      broken_ += id + " was begun, and of its key only " + std::to_string(done_[key]) + " are done\n";
  }
  void done(const std::string& id) {
    const auto& [key, number] = split(id);
    done_[key] = std::max(done_[key], number);
  }
  void read(const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
      if (line.starts_with("begin ")) begin(line.substr(6));
      if (line.starts_with("done ")) done(line.substr(5));
    }
  }
  [[nodiscard]] const std::string& broken() const { return broken_; }

 private:
  static std::pair<std::string, int> split(const std::string& id) {
    const auto at = id.find('#');
    return {id.substr(0, at), std::stoi(id.substr(at + 1))};
  }
  std::map<std::string, int> done_;
  std::string broken_;
};

/// A handler's side of it: thread-safe, and sees two of a key at once.
class Tries {
 public:
  void begin(const Context& context) {
    std::lock_guard lock(mutex_);
    const std::string id(context.id()), key(context.message().key());
    check_.begin(id);
    if (!active_.insert(key).second) beside_ += id + " was begun beside another of its key\n";
    ids_.push_back(id);
  }
  void end(const Context& context, bool success) {
    std::lock_guard lock(mutex_);
    active_.erase(std::string(context.message().key()));
    if (!success) return;
    check_.done(std::string(context.id()));
    done_.emplace_back(context.id());
  }
  [[nodiscard]] std::string broken() const {
    std::lock_guard lock(mutex_);
    return check_.broken() + beside_;
  }
  [[nodiscard]] std::vector<std::string> ids() const {
    std::lock_guard lock(mutex_);
    return ids_;
  }
  [[nodiscard]] std::vector<std::string> done() const {
    std::lock_guard lock(mutex_);
    return done_;
  }

 private:
  mutable std::mutex mutex_;
  OrderCheck check_;
  std::set<std::string> active_;
  std::string beside_;
  std::vector<std::string> ids_, done_;
};

template <class Fails>
auto trying(Tries& tries, Fails fails) {
  return [&tries, fails](const Message&, const Context& context) {
    tries.begin(context);
    const bool failed = fails(context);
    tries.end(context, !failed);
    if (failed) throw std::runtime_error("not yet");
  };
}

std::vector<std::string> publish_keys(Stage& stage, const std::string& event, int keys, int each) {
  std::vector<std::string> ids;
  std::vector<BatchItem> batch;
  for (int number = 1; number <= each; ++number)
    for (int k = 1; k <= keys; ++k) {
      const auto key = "k" + std::to_string(k);
      ids.push_back(key + "#" + std::to_string(number));
      batch.push_back({.message = ids.back(), .options = {.key = key, .id = ids.back(), .content_type = "text/plain"}});
    }
  auto topic = must(stage.client().topic(event), "topic");
  for (auto& result : must(topic.publish_batch(std::move(batch)).get_for(usual_wait), "publish_batch"))
    must(std::move(result), "message of a batch");
  return ids;
}

void wait_for_done(Stage& stage, const Tries& tries, std::size_t count, Where where = Where::here()) {
  stage.wait_until(
      std::to_string(count) + " handled", [&] { return tries.done().size() >= count; },
      [&] { return std::to_string(tries.done().size()); }, usual_wait, where);
}

bool every_fifth_twice(const Context& context) {
  const auto id = context.id();
  return (id.ends_with("5") || id.ends_with("0")) && context.attempt() <= 2;
}

void through_retry(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& tries = stage.own<Tries>();
  stage.subscribe(event, {.group = "g", .retry = every(milliseconds(100)), .concurrency = 4},
                  trying(tries, every_fifth_twice));
  const auto ids = publish_keys(stage, event, 4, 20);
  wait_for_done(stage, tries, ids.size());
  stage.rest();
  check_equal(tries.broken(), "", "order of each key");
  check_same_messages(tries.done(), ids, "what was handled");
  check_equal(tries.ids().size(), ids.size() + 2 * 16, "handler runs: 16 of 80 fail twice");
}

void members_come_and_go(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& tries = stage.own<Tries>();
  const SubscribeOptions options{.group = "g", .retry = every(milliseconds(60)), .concurrency = 4};
  auto& first = stage.subscribe(event, options, trying(tries, every_fifth_twice));
  const auto ids = publish_keys(stage, event, 6, 40);
  wait_for_done(stage, tries, ids.size() / 5);
  auto& second = stage.subscribe(stage.open(), event, options, trying(tries, every_fifth_twice));
  wait_for_done(stage, tries, ids.size() * 2 / 5);
  must(stage.close(first), "close of the first member");
  wait_for_done(stage, tries, ids.size() * 3 / 5);
  stage.subscribe(stage.open(), event, options, trying(tries, every_fifth_twice));
  must(stage.close(second), "close of the second member");
  wait_for_done(stage, tries, ids.size());
  stage.rest();
  check_equal(tries.broken(), "", "order of each key");
  check_same_messages(tries.done(), ids, "what was handled");
}

void failing_key(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& tries = stage.own<Tries>();
  stage.subscribe(
      event, {.group = "g", .retry = every(milliseconds(3'000)), .concurrency = 2},
      trying(tries, [](const Context& context) { return context.id() == "bad#1" && context.attempt() == 1; }));
  const auto bad = stage.publish(event, "{}", {.key = "bad", .id = "bad#1"}).id;
  stage.publish(event, "{}", {.key = "bad", .id = "bad#2"});
  stage.wait_until("the first try of the bad key", [&] { return !tries.ids().empty(); });
  const auto failed_at = stage.now();
  const auto ids = publish_keys(stage, event, 5, 40);
  wait_for_done(stage, tries, ids.size());
  const auto took = stage.now() - failed_at;
  check(took < milliseconds(2'500), "200 messages of other keys while one key waits 3 s for its next attempt: took " +
                                        std::to_string(took.count()) + " ms");
  check_same_messages(tries.done(), ids, "what was handled meanwhile");
  wait_for_done(stage, tries, ids.size() + 2);
  check_equal(tries.broken(), "", "order of each key");
}

// In the process that is killed: what it does is said before anybody else can know of it.
int handle_in_order(Stage& stage, const std::string& event) {
  auto& subscription = stage.subscribe(
      event, {.group = "g", .retry = every(milliseconds(100)), .concurrency = 4, .lease = milliseconds(1'000)},
      [&](const Message&, const Context& context) {
        const std::string id(context.id());
        say("begin " + id);
        if (every_fifth_twice(context)) throw std::runtime_error("not yet");
        std::this_thread::sleep_for(milliseconds(2));
        say("done " + id);
      });
  say("ready");
  stage.wait_until(
      "nothing left", [&] { return stage.nothing_left(event, "g", subscription); }, {}, milliseconds(40'000));
  return 0;
}

void members_are_killed(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}, {.retry = every(milliseconds(100))}),
       "group create");
  const auto ids = publish_keys(stage, event, 6, 40);
  Said said;
  Child victim(stage, "handle-in-order", event, said, "subscribe.handled_not_settled:60");
  // Where one member alone may read, it must be this one.
  stage.wait_until("the first member begins", [&] { return !said.after("begin ").empty(); });
  Child heir(stage, "handle-in-order", event, said);
  check_equal(victim.wait(milliseconds(30'000)).killed, true, "the first member dies at its crash point");
  Child second_victim(stage, "handle-in-order", event, said, "subscribe.handled_not_settled:20");
  (void)second_victim.wait(milliseconds(30'000));
  check_equal(heir.wait(milliseconds(40'000)).exit_code, 0, "exit code of the member that stays");
  OrderCheck order;
  order.read(said.lines());
  check_equal(order.broken(), "", "order of each key");
  auto done = said.after("done ");
  std::sort(done.begin(), done.end());
  done.erase(std::unique(done.begin(), done.end()), done.end());
  check_same_messages(done, ids, "what was handled, repeats aside");
  check_equal(stage.show(event, "g").dead.value_or(0), 0u, "dead letters");
}

}  // namespace

std::vector<ChildRole> order_roles() { return {{"handle-in-order", handle_in_order}}; }

std::vector<Case> order_through_retry_cases() {
  return {{"Order", "through retry", {}, through_retry},
          {"Order", "through retry, while members come and go", {}, members_come_and_go},
          {"Order", "a failing key does not slow others", {}, failing_key},
          {"Order", "members are killed", {&needs::processes, &needs::crash_points}, members_are_killed, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
