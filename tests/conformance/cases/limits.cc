// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "tests/conformance/suite/bodies.h"
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

Error refused(Stage& stage, const std::string& event, std::string body, PublishOptions options, Errc code,
              const std::string& what, Where where = Where::here()) {
  auto result = stage.client()
                    .publish({.event = event, .message = std::move(body)}, std::move(options))
                    .get_for(milliseconds(15'000));
  return must_fail(std::move(result), code, what, where);
}

std::vector<std::uint64_t> numbers_in(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t at = 0; (at = text.find_first_of("0123456789", at)) != std::string::npos;) {
    std::size_t used = 0;
    numbers.push_back(std::stoull(text.substr(at), &used));
    at += used;
  }
  return numbers;
}

void payload_at_the_limit(Stage& stage) {
  const auto event = stage.declare("files:new");
  const std::uint64_t limit = stage.can().message_max - 8 * 1024;
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g", .max_bytes = 2 * limit}, got.handler());

  // How much our own metadata takes is seen from the first refusal: its text names size and limit.
  auto error =
      refused(stage, event, std::string(limit, 'x'), {}, Errc::message_too_large, "a body as large as the limit");
  const auto named = numbers_in(error.message);
  if (std::count(named.begin(), named.end(), limit) == 0)
    fail("the refusal must name the limit " + std::to_string(limit) + ", saw " + to_text(error));
  const auto size = named.empty() ? 0 : *std::max_element(named.begin(), named.end());
  check(size > limit, "the refusal must name the size, which is over the limit; saw " + to_text(error));
  check(!error.hint.empty(), "the refusal must name the knob; saw " + to_text(error));

  const std::uint64_t metadata = size - limit;
  refused(stage, event, std::string(limit - metadata + 1, 'x'), {}, Errc::message_too_large, "one byte over the limit");
  auto body = random_bytes(limit - metadata, 1);
  const auto expected = digest(body);
  stage.publish(event, std::move(body), {.content_type = "application/json"});
  stage.wait_for(got, 1);
  check_equal(digest(got.all().front().body), expected, "digest of the largest body");
  check_equal(got.count(), 1u, "deliveries: what was refused must not arrive");
}

void header_limits(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  for (const std::string name : {"", "two words", "co:lon", "na\xC3\xAFve", "new\nline", "ce-type", "ce_type"}) {
    auto error = refused(stage, event, "{}", {.headers = {{name, "v"}}}, Errc::invalid_argument,
                         "a header named " + to_text(name));
    check(error.message.find(name) != std::string::npos, "the refusal must name the header; saw " + to_text(error));
  }
  refused(stage, event, "{}", {.headers = {{std::string(256, 'n'), "v"}}}, Errc::invalid_argument,
          "a header name of 256 characters");
  refused(stage, event, "{}", {.headers = {{"x", std::string(stage.can().message_max, 'v')}}}, Errc::message_too_large,
          "headers that fill the whole message");
  if (const auto most = stage.can().headers_max; most != 0) {
    Headers many;
    for (std::uint64_t i = 0; i <= most; ++i) many.push_back({"x-" + std::to_string(i), "v"});
    auto error = refused(stage, event, "{}", {.headers = many}, Errc::invalid_argument, "more headers than fit");
    check(!error.hint.empty(), "the refusal must name the knob; saw " + to_text(error));
  }
  stage.rest();
  check_equal(got.ids(), std::vector<std::string>{}, "what was refused must not arrive");
}

void wrong_names(Stage& stage) {
  stage.declare("orders:new");
  const auto name_of = [&](PublishRequest request) {
    request.message = "{}";
    auto result = stage.client().publish(std::move(request)).get_for(milliseconds(15'000));
    return result ? std::string("success") : std::string(result.error().name());
  };
  check_equal(name_of({.event = "orders"}), "EVENT_FORMAT_INVALID", "an event without a topic");
  check_equal(name_of({.event = "a:b:c"}), "EVENT_FORMAT_INVALID", "an event with two colons");
  check_equal(name_of({.event = "Orders:new"}), "EVENT_FORMAT_INVALID", "an event in upper case");
  check_equal(name_of({.event = "nobody:new"}), "BROKER_NOT_FOUND", "an unknown broker");
  check_equal(name_of({.event = "orders:nothing"}), "TOPIC_NOT_FOUND", "an unknown topic");
  check_equal(name_of({.event = "orders:new", .product = "nobodys"}), "PRODUCT_NOT_FOUND", "an unknown product");
  check_equal(name_of({.event = "orders:new", .env = "nowhere"}), "BROKER_ENV_NOT_FOUND", "an unknown environment");
}

void batch_results(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  auto topic = must(stage.client().topic(event), "topic");
  std::vector<BatchItem> batch;
  batch.push_back({.message = "1", .options = {.id = "one"}});
  batch.push_back({.message = "2", .options = {.headers = {{"not a name", ""}}}});
  batch.push_back({.message = "3", .options = {.id = "three"}});
  batch.push_back({.message = "4", .options = {.key = "k", .id = "four"}});
  batch.push_back({.message = "5", .options = {.id = "five"}});
  auto results = must(topic.publish_batch(std::move(batch)).get_for(milliseconds(15'000)), "publish_batch");
  check_equal(results.size(), 5u, "one result per message");
  check_equal(must(std::move(results[0]), "first of the batch").id, "one", "id of the first");
  must_fail(std::move(results[1]), Errc::invalid_argument, "second of the batch, which has a bad header");
  check_equal(must(std::move(results[2]), "third of the batch").id, "three", "id of the third");
  must_fail(std::move(results[3]), Errc::invalid_argument, "fourth of the batch, which has a key");
  check_equal(must(std::move(results[4]), "fifth of the batch").id, "five", "id of the fifth");
  stage.wait_for(got, 3);
  stage.rest();
  check_same_messages(got.ids(), {"one", "three", "five"}, "messages of a batch with two refused");
  check(must(topic.publish_batch({}).get_for(milliseconds(15'000)), "an empty batch").empty(),
        "an empty batch has no results");
}

void completion_form(Stage& stage) {
  const auto event = stage.declare("orders:new");
  must(stage.client().groups().create({.event = event, .group = "g"}), "group create");
  auto& called = stage.own<std::atomic<int>>();
  auto& failed = stage.own<std::atomic<int>>();
  const auto count = [&](Result<Receipt> result) { result ? ++called : ++failed; };
  for (int i = 0; i < 20; ++i) stage.client().publish({.event = event, .message = "{}"}, {}, count);
  stage.client().publish({.event = "orders:nothing", .message = "{}"}, {}, count);
  stage.wait_until(
      "21 completions", [&] { return called + failed >= 21; },
      [&] { return std::to_string(called) + " and " + std::to_string(failed) + " failures"; });
  stage.rest();
  check_equal(called.load(), 20, "completions with a receipt");
  check_equal(failed.load(), 1, "completions with an error");
}

}  // namespace

std::vector<Case> limit_cases() {
  return {{"Basic", "payload at the limit and one over", {}, payload_at_the_limit},
          {"Basic", "header limits", {}, header_limits},
          {"Basic", "wrong names are refused by name", {}, wrong_names},
          {"Basic", "a batch has a result for each message", {}, batch_results},
          {"Basic", "completion instead of a future", {}, completion_form}};
}

}  // namespace ductape::inline v0::testing::conformance
