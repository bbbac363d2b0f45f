// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <set>
#include <thread>

#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

constexpr milliseconds short_lease(1'000);
constexpr std::uint32_t most_deliveries = 5;

struct Number {
  int value = 0;
};
/// Digits; anything else is undecodable.
struct Digits {
  static constexpr const char* content_type = "text/plain";
  static Result<std::string> encode(const Number& number) { return std::to_string(number.value); }
  static Result<Number> decode(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
      return Error{.code = Errc::invalid_argument, .message = "no number: " + std::string(text)};
    return Number{std::stoi(std::string(text))};
  }
};

void undecodable(Stage& stage) {
  const auto event = stage.declare("orders:new");
  TypedTopic<Number, Digits> topic(must(stage.client().topic(event), "topic"));
  auto& seen = stage.received();
  auto& subscription =
      stage.keep(must(topic.subscribe({.group = "g", .concurrency = 1},
                                      [&](const Number&, const Context& context) { seen.add(context); }),
                      "subscribe"));
  for (const auto& body :
       {std::string("1"), std::string("two"), std::string("3"), std::string("\xff\x00", 2), std::string("5")})
    stage.publish(event, body, {.content_type = "text/plain"});
  stage.wait_for(seen, 3);
  check_equal(seen.bodies(), std::vector<std::string>({"1", "3", "5"}), "what could be decoded, in order");
  stage.wait_until(
      "two dead letters", [&] { return subscription.stats().dead_lettered == 2; },
      [&] { return std::to_string(subscription.stats().dead_lettered); });
  check_equal(subscription.stats().retried, 0u, "retried: what cannot be decoded is not tried again");
  stage.wait_until("a lag of 0", [&] { return stage.show(event, "g").lag.value_or(0) == 0; });
  auto dead = must(stage.client().topic(event), "topic").dead_letters("g");
  const auto letters = must(stage.blocking([&] { return dead.list(); }), "list of the dead letters");
  check_equal(letters.size(), 2u, "dead letters");
  check_equal(letters[0].reason + " " + letters[0].body, "undecodable two", "reason and body of the first");
  check_equal(letters[1].body, std::string("\xff\x00", 2), "body of the second, byte for byte");
}

int handle_beside_a_killer(Stage& stage, const std::string& event) {
  auto& subscription =
      stage.subscribe(event, {.group = "g", .concurrency = 16, .lease = short_lease},
                      [&](const Message& message, const Context& context) {
                        if (message.text() == "kill") std::raise(SIGKILL);
                        std::this_thread::sleep_for(milliseconds(20));  // so that it has company when it dies
                        say("done " + std::string(context.id()));
                      });
  stage.wait_until(
      "nothing left", [&] { return stage.nothing_left(event, "g", subscription); }, {}, milliseconds(40'000));
  return 0;
}

void killer(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}, {.retry = {.max_deliveries = most_deliveries}}),
       "group create");
  std::set<std::string> neighbours;
  for (int i = 1; i <= 51; ++i) {
    const auto id = "m-" + std::to_string(i);
    stage.publish(event, i == 26 ? "kill" : "live", {.id = id, .content_type = "text/plain"});
    if (i != 26) neighbours.insert(id);
  }
  Said said;
  int kills = 0;
  for (;; ++kills) {
    check(kills <= 2 * static_cast<int>(most_deliveries), "processes that one message may kill: expected about " +
                                                              std::to_string(most_deliveries) + ", saw " +
                                                              std::to_string(kills));
    Child child(stage, "killed-by-a-message", event, said);
    const auto end = child.wait(milliseconds(45'000));
    if (end.killed) continue;
    check_equal(end.exit_code, 0, "exit code of the process that came to an end, after " + to_text(said.lines()));
    break;
  }
  check(kills >= 1, "the killer killed nobody");
  const auto done = said.after("done ");
  for (const auto& id : done) neighbours.erase(id);
  check_equal(std::vector<std::string>(neighbours.begin(), neighbours.end()), std::vector<std::string>{},
              "neighbours that were not handled");
  const auto status = stage.show(event, "g");
  check_equal(status.dead.value_or(1), 1u, "dead letters: the killer's");
  auto dead = must(stage.client().topic(event), "topic").dead_letters("g");
  const auto letters = must(stage.blocking([&] { return dead.list(); }), "list of the dead letters");
  check_equal(letters.size(), 1u, "dead letters");
  check_equal(letters.front().id + " " + letters.front().reason, "m-26 max_deliveries", "the killer's id and reason");
  check_equal(letters.front().attempts, 0u, "failed handler runs of a message that killed its process each time");
  // Where the provider does not count, those who were killed took their last second with them.
  check(status.done.value_or(0) <= 50u, "done: expected 50 at most, saw " + std::to_string(status.done.value_or(0)));
}

}  // namespace

std::vector<ChildRole> poison_roles() { return {{"killed-by-a-message", handle_beside_a_killer}}; }

std::vector<Case> poison_cases() {
  return {{"Poison", "undecodable: dead-lettered, the others go on", {}, undecodable},
          {"Poison", "a killer among 50 neighbours", {&needs::processes}, killer, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
