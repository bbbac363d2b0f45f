// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr int cycles = 25;

/// Publishes "m-1", "m-2", ... in the background until it is told to stop.
class Load {
 public:
  Load(Stage& stage, const std::string& event)
      : thread_([this, topic = must(stage.client().topic(event), "topic")]() mutable {
          for (int next = 1; !stop_;) {
            std::vector<Future<Receipt>> futures;
            for (int i = 0; i < 10; ++i) {
              ids_.push_back("m-" + std::to_string(next++));
              futures.push_back(topic.publish("{}", {.id = ids_.back()}));
            }
            for (auto& future : futures)
              if (!future.get_for(usual_wait).ok()) ++refused_;
            std::this_thread::sleep_for(milliseconds(10));
          }
        }) {}
  ~Load() { join(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// What was confirmed.
  std::vector<std::string> end() {
    join();
    check_equal(refused_.load(), 0, "publishes that failed");
    return ids_;
  }

 private:
  void join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::atomic<bool> stop_ = false;
  std::atomic<int> refused_ = 0;
  std::vector<std::string> ids_;
  std::thread thread_;
};

// Closes 25 times with messages in hand and more waiting.
void close_cycles(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  auto& got = stage.received();
  std::vector<std::string> ids;
  for (int cycle = 1; cycle <= cycles; ++cycle) {
    auto& client = stage.open();
    auto& subscription = stage.subscribe(client, event, {.group = "g", .concurrency = 4}, got.handler());
    for (auto& id : stage.publish_many(event, "c" + std::to_string(cycle), 60)) ids.push_back(std::move(id));
    must(stage.close(subscription), "close in the middle of the work");
  }
  stage.subscribe(event, {.group = "g"}, got.handler());
  stage.wait_for(got, ids.size());
  stage.rest();
  check_same_messages(got.ids(), ids, "25 closes under load: everything once");
  for (const auto& arrival : got.all()) {
    check_equal(arrival.attempt, 1u, "attempt of " + arrival.id + ": a close raises none");
    if (stage.can().counts_deliveries && !stage.can().counts_clean_return)
      check_equal(arrival.deliveries.value_or(0), 1u, "hand-outs of " + arrival.id);
  }
  check_equal(stage.show(event, "g").dead.value_or(0), 0u, "dead letters");
}

int handle_until_signal(Stage& stage, const std::string& event) {
  auto& client = stage.client();
  stage.subscribe(event, {.group = "g", .concurrency = 8}, [](const Message&, const Context& context) {
    std::this_thread::sleep_for(milliseconds(5));
    say(std::to_string(context.attempt()) + " " + std::string(context.id()));
  });
  say("ready");
  return client.run_until_signal(milliseconds(10'000));
}

void sigterm_cycles(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  Load load(stage, event);
  Said said;
  std::minstd_rand random(5);
  for (int cycle = 1; cycle <= cycles; ++cycle) {
    Child child(stage, "until-signal", event, said);
    stage.wait_until("a member that is ready",
                     [&] { return said.after("ready").size() >= static_cast<std::size_t>(cycle) || child.ended(); });
    stage.rest(milliseconds(20 + random() % 180));
    child.send(SIGTERM);
    check_equal(child.wait().exit_code, 0, "exit code after SIGTERM in the middle of the work");
  }
  const auto ids = load.end();
  Child last(stage, "until-signal", event, said);
  stage.wait_until(
      "everything handled", [&] { return said.lines().size() >= ids.size() + cycles + 1; },
      [&] { return std::to_string(said.lines().size()) + " lines for " + std::to_string(ids.size()) + " messages"; },
      milliseconds(30'000));
  last.send(SIGTERM);
  check_equal(last.wait().exit_code, 0, "exit code of the last member");
  check_same_messages(said.after("1 "), ids, "25 members that SIGTERM ended: everything once, at attempt 1");
  check_equal(said.lines().size(), ids.size() + cycles + 1, "lines: handler runs at attempt 1, and nothing else");
  const auto status = stage.show(event, "g");
  check_equal(status.dead.value_or(0), 0u, "dead letters");
  check_equal(status.lag.value_or(0), 0u, "lag");
}

}  // namespace

std::vector<ChildRole> shutdown_roles() { return {{"until-signal", handle_until_signal}}; }

std::vector<Case> shutdown_cases() {
  return {{"Shutdown", "25 closes under load", {}, close_cycles},
          {"Shutdown", "25 SIGTERM cycles under load", {&needs::processes}, sigterm_cycles, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
