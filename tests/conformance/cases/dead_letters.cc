// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <csignal>
#include <set>

#include "tests/conformance/suite/bodies.h"
#include "tests/conformance/suite/child.h"

namespace ductape::inline v0::testing::conformance {
namespace {

DeadLetters letters_of(Stage& stage, const std::string& event, const std::string& group = "g",
                       Where where = Where::here()) {
  return must(stage.client().topic(event), "topic " + event, where).dead_letters(group);
}

std::vector<DeadLetter> list(Stage& stage, const std::string& event, std::size_t count, Where where = Where::here()) {
  auto dead = letters_of(stage, event, "g", where);
  std::vector<DeadLetter> letters;
  const auto ids = [&] {
    std::vector<std::string> all;
    for (const auto& letter : letters) all.push_back(letter.id);
    return all;
  };
  stage.wait_until(
      std::to_string(count) + " dead letters",
      [&] {
        letters = must(stage.blocking([&] { return dead.list(); }), "list of the dead letters", where);
        return letters.size() == count;
      },
      [&] { return to_text(ids()); }, usual_wait, where);
  return letters;
}

std::vector<std::string> ids_of(const std::vector<DeadLetter>& letters) {
  std::vector<std::string> ids;
  for (const auto& letter : letters) ids.push_back(letter.id);
  return ids;
}

std::uint64_t redrive(Stage& stage, const std::string& event, RedriveOptions options = {},
                      Where where = Where::here()) {
  auto dead = letters_of(stage, event, "g", where);
  return must(stage.blocking([&] { return dead.redrive(options); }), "redrive", where);
}

/// A handler that rejects what it is told to, until it is mended.
class Fault {
 public:
  [[nodiscard]] auto handler(Received& got, std::function<bool(const Message&)> bad) {
    return [this, &got, bad = std::move(bad)](const Message& message, const Context& context) {
      got.add(context);
      if (!mended && bad(message)) throw Reject("no such customer");
    };
  }
  std::atomic<bool> mended = false;
};

bool ends_with_three(const Message& message) { return message.text().ends_with("3"); }

void complete(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& got = stage.received();
  const std::string long_text(2'000, 'x');
  stage.subscribe(
      event,
      {.group = "g", .retry = {.max_attempts = 3, .backoff_min = milliseconds(300), .backoff_max = milliseconds(300)}},
      [&](const Message&, const Context& context) {
        got.add(context);
        throw std::runtime_error("attempt " + std::to_string(context.attempt()) + " " + long_text);
      });
  const auto body = random_bytes(3'000, 7);
  stage.publish(event, body,
                {.key = "customer 9",
                 .id = "m",
                 .headers = {{"colour", "red"}, {"x", "1"}},
                 .content_type = "application/octet-stream"});
  const auto letter = list(stage, event, 1).front();
  check_equal(letter.id, "m", "id");
  check_equal(letter.reason, "max_attempts", "reason");
  check_equal(letter.error.substr(0, 10), "attempt 3 ", "error: the text of the last failure");
  check(letter.error.size() <= 1024, "error: at most 1 KiB, saw " + std::to_string(letter.error.size()) + " bytes");
  check_equal(letter.attempts, 3u, "attempts");
  // It may have waited in memory between its attempts, in one hand-out.
  if (stage.can().counts_deliveries)
    check(letter.deliveries.value_or(0) >= 1 && letter.deliveries.value_or(0) <= 3,
          "deliveries: expected 1 to 3, saw " + std::to_string(letter.deliveries.value_or(0)));
  check(letter.first_failure && letter.last_failure, "the times of the first and of the last failure");
  const auto between = *letter.last_failure - *letter.first_failure;
  check(between >= milliseconds(595) && between < milliseconds(10'000),
        "between the first and the last failure: two waits of 300 ms, saw " +
            std::to_string(std::chrono::duration_cast<milliseconds>(between).count()) + " ms");
  check_equal(letter.group, "g", "group");
  check_equal(letter.event, event, "event");
  check_equal(letter.key, "customer 9", "key");
  check_equal(letter.content_type, "application/octet-stream", "content type");
  check_equal(digest(letter.body), digest(body), "body, by its hash");
  std::set<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : letter.headers) headers.emplace(name, value);
  check_equal(headers == std::set<std::pair<std::string, std::string>>{{"colour", "red"}, {"x", "1"}}, true,
              "headers: those of the message and no others");
}

void says_why(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g"}, kept.handler());
  stage.publish_many(event, "m", 2);
  stage.wait_for(kept, 1);
  std::move(*kept.take()).dead_letter("no such customer");
  stage.wait_for(kept, 2);
  std::move(*kept.take()).undecodable("byte 7 is no UTF-8");
  const auto letters = list(stage, event, 2);
  check_equal(letters[0].reason + ": " + letters[0].error, "rejected: no such customer", "the first");
  check_equal(letters[0].attempts, 1u, "attempts of what was rejected");
  check_equal(letters[1].reason + ": " + letters[1].error, "undecodable: byte 7 is no UTF-8", "the second");
}

void chosen_by_id(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& fault = stage.own<Fault>();
  stage.subscribe(event, {.group = "g", .concurrency = 1}, fault.handler(got, [](const Message&) { return true; }));
  std::vector<std::string> ids;
  for (std::size_t i = 1; i <= 6; ++i) {  // one after the other: no key, so that a log hands them out in any order
    ids.push_back(stage.publish(event, "m", {.id = "m-" + std::to_string(i)}).id);
    list(stage, event, i);
  }
  check_equal(ids_of(list(stage, event, 6)), ids, "all, oldest first");
  auto dead = letters_of(stage, event);
  check_equal(ids_of(must(stage.blocking([&] {
                return dead.list({"m-4", "m-2"});
              }),
                          "list of two")),
              std::vector<std::string>({"m-2", "m-4"}), "two by their ids");
  for (const bool purge : {false, true}) {
    const auto refused = must_fail(stage.blocking([&] {
      return purge ? dead.purge({"m-1", "nobody"}) : dead.redrive({.ids = {"m-1", "nobody"}});
    }),
                                   Errc::not_found, "one that is there and one that is not");
    check(refused.message.find("nobody") != std::string::npos, "the refusal names the id; saw " + to_text(refused));
  }
  check_equal(list(stage, event, 6).size(), 6u, "dead letters after the refusals");
  check_equal(must(stage.blocking([&] { return dead.purge({"m-5"}); }), "purge"), 1u, "purged");
  fault.mended = true;
  check_equal(redrive(stage, event, {.ids = {"m-2", "m-3"}}), 2u, "redriven");
  stage.wait_for(got, 8);
  check_equal(ids_of(list(stage, event, 3)), std::vector<std::string>({"m-1", "m-4", "m-6"}), "what is left");
  check_equal(must(stage.blocking([&] { return dead.purge(); }), "purge of the rest"), 3u, "purged");
  check_equal(list(stage, event, 0).size(), 0u, "dead letters at last");
  check_equal(redrive(stage, event), 0u, "redriven where nothing is left");
  stage.wait_until("the counts of the group", [&] {
    const auto status = stage.show(event, "g");
    return status.data_loss.value_or(4) == 4 && status.dead.value_or(0) == 0 && status.done.value_or(2) == 2;
  });
  auto none = letters_of(stage, event, "nobody");
  must_fail(stage.blocking([&] { return none.list(); }), Errc::not_found, "the dead letters of no group");
}

void edited(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& fault = stage.own<Fault>();
  stage.subscribe(event, {.group = "g"}, fault.handler(got, ends_with_three));
  stage.publish_many(event, "m", 4);
  list(stage, event, 1);
  check_equal(
      redrive(stage, event, {.edit = [](const DeadLetter& letter) { return std::optional(letter.body + " mended"); }}),
      1u, "redriven");
  stage.wait_for(got, 5);
  check_equal(got.all().back().body, "m-3 mended", "the body that it goes back with");
  check_equal(got.all().back().id, "m-3", "its id stays");
  check_equal(got.all().back().content_type, "text/plain", "its content type stays");
}

void reaches_its_group(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& a = stage.received();
  auto& b = stage.received();
  auto& fault = stage.own<Fault>();
  stage.subscribe(event, {.group = "g"}, fault.handler(a, ends_with_three));
  stage.subscribe(event, {.group = "b"}, b.handler());
  auto ids = stage.publish_many(event, "m", 30);
  list(stage, event, 3);
  fault.mended = true;
  check_equal(redrive(stage, event), 3u, "redriven");
  stage.wait_for(a, ids.size() + 3);
  stage.wait_for(b, ids.size());
  stage.rest();
  check_same_messages(b.ids(), ids, "the other group, beside a redrive");
  auto expected = ids;
  for (const auto& id : ids)
    if (id.ends_with("3")) expected.push_back(id);
  check_same_messages(a.ids(), expected, "the group whose dead letters went back");
  for (const auto& arrival : a.all()) {
    check_equal(arrival.attempt, 1u, "attempt of " + arrival.id + ", also after a redrive");
    if (stage.can().counts_deliveries)
      check_equal(arrival.deliveries.value_or(0), 1u, "hand-outs of " + arrival.id + ", also after a redrive");
  }
  stage.wait_until("the counts of the group", [&] {
    const auto status = stage.show(event, "g");
    return status.dead.value_or(0) == 0 && status.done.value_or(30) == 30 && status.data_loss.value_or(0) == 0;
  });
}

void again_and_again(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& fault = stage.own<Fault>();
  const RetryOptions twice{.max_attempts = 2, .backoff_min = milliseconds(100), .backoff_max = milliseconds(100)};
  stage.subscribe(event, {.group = "g", .retry = twice}, [&](const Message&, const Context& context) {
    got.add(context);
    if (!fault.mended) throw std::runtime_error("still broken");
  });
  stage.publish(event, "{}", {.id = "m"});
  for (std::size_t round = 1; round <= 3; ++round) {
    check_equal(list(stage, event, 1).front().attempts, 2u, "attempts since the last redrive");
    check_equal(got.count(), 2 * round, "handler runs");
    fault.mended = round == 3;
    check_equal(redrive(stage, event), 1u, "redriven");
  }
  stage.wait_for(got, 7);
  std::string attempts;
  for (const auto& arrival : got.all()) attempts += std::to_string(arrival.attempt);
  check_equal(attempts, "1212121", "attempts: they start at 1 after each redrive");
  list(stage, event, 0);
  stage.rest();
  check_equal(got.count(), 7u, "handler runs in all");
}

void in_order(Stage& stage) {
  const auto event = stage.declare_ordered("orders:new");
  auto& got = stage.received();
  auto& fault = stage.own<Fault>();
  stage.subscribe(event, {.group = "g", .concurrency = 4}, fault.handler(got, [](const Message&) { return true; }));
  std::vector<std::string> ids;
  for (const std::string key : {"a", "b", "c"})
    for (auto& id : stage.publish_many(event, key, 20, key)) ids.push_back(std::move(id));
  list(stage, event, 60);
  fault.mended = true;
  check_equal(redrive(stage, event), 60u, "redriven");
  stage.wait_for(got, 120);
  stage.rest();
  const auto all = got.ids();
  for (const std::string key : {"a", "b", "c"}) {
    std::vector<std::string> back, expected;
    for (std::size_t i = 60; i < all.size(); ++i)
      if (all[i].starts_with(key)) back.push_back(all[i]);
    for (const auto& id : ids)
      if (id.starts_with(key)) expected.push_back(id);
    check_equal(back, expected, "key " + key + " after the redrive");
  }
}

int redrive_until_killed(Stage& stage, const std::string& event) {
  auto dead = letters_of(stage, event);
  int count = 0;
  must(dead.redrive({.rate = 100,
                     .redriven =
                         [&](const DeadLetter& letter) {
                           say(letter.id);
                           if (++count == 10) std::raise(SIGKILL);
                         }}),
       "redrive");
  return 0;
}

void resumed_after_a_kill(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  auto& fault = stage.own<Fault>();
  stage.subscribe(event, {.group = "g"}, fault.handler(got, [](const Message&) { return true; }));
  const auto ids = stage.publish_many(event, "m", 40);
  list(stage, event, 40);
  fault.mended = true;
  Said said;
  Child child(stage, "redrive", event, said);
  check_equal(child.wait().killed, true, "the process that redrives is killed");
  check_equal(said.lines().size(), 10u, "redriven before the kill");
  const auto rest = redrive(stage, event);
  // Where going back and leaving are two steps, the kill may have come between them.
  check(rest == 30 || (rest == 31 && !stage.can().moves),
        "redriven by the next call: expected the other 30, saw " + std::to_string(rest));
  stage.wait_for(got, 80);
  stage.rest();
  auto expected = ids;
  expected.insert(expected.end(), ids.begin(), ids.end());
  auto seen = got.ids();
  if (!stage.can().moves) {
    std::sort(seen.begin() + 40, seen.end());
    seen.erase(std::unique(seen.begin() + 40, seen.end()), seen.end());
  }
  check_same_messages(seen, expected, "each message once before it died and once after the redrive");
  list(stage, event, 0);
}

}  // namespace

std::vector<ChildRole> dead_letter_roles() { return {{"redrive", redrive_until_killed}}; }

std::vector<Case> dead_letter_cases() {
  return {{"Settle", "a dead letter is complete", {}, complete},
          {"Settle", "a dead letter says why", {}, says_why},
          {"Settle", "dead letters by their ids: listed, purged, redriven", {}, chosen_by_id},
          {"Settle", "a dead letter goes back edited", {}, edited},
          {"Settle", "what goes back may die again", {}, again_and_again},
          {"Retry scope", "a redrive reaches its group alone", {&needs::many_groups}, reaches_its_group},
          {"Order", "a redrive keeps the order of each key", {}, in_order},
          {"Failure", "a redrive that is killed is resumed", {&needs::processes}, resumed_after_a_kill, long_limit}};
}

}  // namespace ductape::inline v0::testing::conformance
