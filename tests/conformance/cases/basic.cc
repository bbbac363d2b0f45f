// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "tests/conformance/suite/bodies.h"
#include "tests/conformance/suite/case.h"

namespace ductape::inline v0::testing::conformance {
namespace {

void round_trip(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "billing"}, got.handler());
  const auto receipt = stage.publish(event, R"({"orderId":"12345"})");
  check_equal(receipt.provider, stage.provider(), "provider in the receipt");
  check_equal(receipt.sends, 1u, "sends in the receipt");
  check_equal(receipt.deduplicated, false, "deduplicated in the receipt");
  stage.wait_for(got, 1);
  stage.rest();
  const auto all = got.all();
  check_equal(all.size(), 1u, "deliveries of one message");
  check_equal(all[0].id, receipt.id, "id");
  check_equal(all[0].body, R"({"orderId":"12345"})", "body");
  check_equal(all[0].event, event, "event");
  check_equal(all[0].product, stage.product(), "product");
  check_equal(all[0].env, "dev", "env");
  check_equal(all[0].group, "billing", "group");
  check_equal(all[0].attempt, 1u, "attempt");
  if (stage.can().counts_deliveries) check_equal(all[0].deliveries.value_or(0), 1u, "deliveries");
}

void cloud_events_attributes(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g"}, kept.handler());
  stage.publish(event, "{}");
  stage.wait_for(kept, 1);
  auto delivery = kept.take();
  const auto& message = delivery->message();
  check_equal(message.attribute("specversion").value_or("none"), "1.0", "specversion");
  check_equal(message.attribute("source").value_or("none"), "/" + stage.product() + "/dev", "source");
  check_equal(message.attribute("type").value_or("none"), event, "type");
  check(message.time().has_value(), "the time of the publish must be known");
  std::move(*delivery).ack();
}

void bodies_byte_exact(Stage& stage) {
  const auto event = stage.declare("files:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  std::map<std::string, std::string> digests;
  for (const std::size_t size : {1, 2, 17, 255, 256, 257, 4095, 4096, 4097, 65535, 65536, 200'000}) {
    const auto body = random_bytes(size, size);
    const auto id = "size-" + std::to_string(size);
    digests[id] = digest(body);
    stage.publish(event, body, {.id = id, .content_type = "application/octet-stream"});
  }
  stage.wait_for(got, digests.size());
  for (const auto& arrival : got.all())
    check_equal(digest(arrival.body), digests[arrival.id], "digest of the body of " + arrival.id);
}

void same_body(Stage& stage, const std::string& what, const std::vector<std::string>& bodies,
               const std::string& content_type) {
  const auto event = stage.declare("files:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  for (std::size_t i = 0; i < bodies.size(); ++i)
    stage.publish(event, bodies[i], {.id = std::to_string(i), .content_type = content_type});
  stage.wait_for(got, bodies.size());
  stage.rest();
  check_equal(got.count(), bodies.size(), "deliveries");
  for (const auto& arrival : got.all())
    check_equal(arrival.body, bodies.at(std::stoul(arrival.id)), what + " number " + arrival.id);
}

void empty_body(Stage& stage) { same_body(stage, "an empty body", {"", ""}, "application/octet-stream"); }

void binary_body(Stage& stage) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  same_body(stage, "a binary body", {every_byte, std::string(1, '\0'), std::string(64, '\xff'), "\r\n\r\n"},
            "application/octet-stream");
}

void odd_unicode(Stage& stage) {
  same_body(stage, "odd text",
            {
                "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80",  // two emoji joined
                "e\xCC\x81 \xC3\xA9",                            // the same letter twice, composed and not
                "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE"
                "abc",  // right to left, with an override
                "\xEF\xBB\xBF with a byte order mark",
                "\xEF\xBF\xBE \xEF\xBF\xBF",  // no characters
                "\xED\xA0\x80 half a surrogate, \xC0\xAF overlong, \xFF no UTF-8 at all",
                std::string("nul \0 inside", 12),
            },
            "text/plain; charset=utf-8");
}

void content_types(Stage& stage) {
  const auto event = stage.declare("files:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  const std::map<std::string, std::string> types{
      {"default", "application/json"}, {"own", "application/x-thing; version=\"2\""}, {"none", ""}};
  stage.publish(event, "{}", {.id = "default"});
  stage.publish(event, "{}", {.id = "own", .content_type = types.at("own")});
  stage.publish(event, "{}", {.id = "none", .content_type = ""});
  stage.wait_for(got, types.size());
  for (const auto& arrival : got.all())
    check_equal(arrival.content_type, types.at(arrival.id), "content type of '" + arrival.id + "'");
}

void own_event(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  const std::string type = "application/cloudevents+json; charset=utf-8",
                    body = R"({ "specversion": "1.0", "type": "sale", "source": "/till", "id": "till-7", "data": {} })";
  const auto receipt = stage.publish(event, body, {.content_type = type});
  check_equal(receipt.id, "till-7", "the id of the receipt");
  stage.wait_for(got, 1);
  const auto arrival = got.all().front();
  check_equal(arrival.id, "till-7", "the id is the event's");
  check_equal(arrival.body, body, "the body");
  check_equal(arrival.content_type, type, "the content type");
  auto topic = must(stage.client().topic(event), "topic");
  for (const auto& [text, id] : {std::pair("{}", ""), {body.c_str(), "other"}})
    must_fail(topic.publish(text, {.id = id, .content_type = type}).get(), Errc::invalid_argument,
              "an event that is none");
}

void headers_round_trip(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  Headers headers{{"x-plain", "value"},
                  {"UPPER", "Case"},
                  {"x-empty", ""},
                  {"x-percent", "100%25"},
                  {"x-quotes", "\"a\" 'b'"},
                  {"x-text", "na\xC3\xAFve \xE2\x9C\x93"},
                  {"x_under.dot~", "a=b;c"},
                  {"x-long", std::string(900, 'v')},
                  {"x-space", " leading"},
                  {"x-number", "0042"},
                  {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  stage.publish(event, "{}", {.headers = headers});
  stage.wait_for(got, 1);
  const auto arrival = got.all().front();
  for (const auto& [name, value] : headers) {
    if (name == "traceparent") continue;
    const auto found = std::find_if(arrival.headers.begin(), arrival.headers.end(),
                                    [&](const auto& header) { return header.first == name; });
    if (found == arrival.headers.end()) fail("header " + name + " did not arrive");
    check_equal(found->second, value, "header " + name);
  }
  check_equal(arrival.headers.size(), headers.size() - 1, "number of headers (traceparent is an attribute)");
}

void trace_context(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& kept = stage.kept();
  stage.subscribe(event, {.group = "g"}, kept.handler());
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  stage.publish(event, "{}", {.headers = {{"traceparent", parent}}});
  stage.wait_for(kept, 1);
  auto delivery = kept.take();
  check_equal(delivery->context().traceparent(), parent, "traceparent");
  std::move(*delivery).ack();
}

void id_given(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  for (const std::string id : {"order-1", "a/b c", "0", "\xC3\xA9"}) {
    check_equal(stage.publish(event, "{}", {.id = id}).id, id, "id in the receipt");
    stage.wait_for(got, 1);
  }
  stage.wait_for(got, 4);
  check_same_messages(got.ids(), {"order-1", "a/b c", "0", "\xC3\xA9"}, "ids that were given");
}

void id_generated(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(stage.publish(event, "{}").id);
  for (const auto& id : ids) {
    const bool shape = id.size() == 36 && id[8] == '-' && id[13] == '-' && id[14] == '7' && id[18] == '-' &&
                       id[23] == '-' && id.find_first_not_of("0123456789abcdef-") == std::string::npos;
    if (!shape) fail("a generated id: expected a UUID of version 7, saw " + to_text(id));
  }
  check_equal(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size(), "different generated ids");
  stage.wait_for(got, ids.size());
  check_same_messages(got.ids(), ids, "messages with generated ids");
}

void same_id_is_one_message(Stage& stage) {
  const auto event = stage.declare("orders:new");
  auto& got = stage.received();
  stage.subscribe(event, {.group = "g"}, got.handler());
  check_equal(stage.publish(event, "first", {.id = "same"}).deduplicated, false, "deduplicated, first publish");
  check_equal(stage.publish(event, "second", {.id = "same"}).deduplicated, true, "deduplicated, second publish");
  stage.wait_for(got, 1);
  stage.rest();
  check_equal(got.bodies(), std::vector<std::string>{"first"}, "bodies delivered for one id");
}

}  // namespace

std::vector<Case> basic_cases() {
  return {{"Basic", "round trip", {}, round_trip},
          {"Basic", "CloudEvents attributes", {}, cloud_events_attributes},
          {"Basic", "bodies of many sizes, byte for byte", {}, bodies_byte_exact},
          {"Basic", "empty body", {}, empty_body},
          {"Basic", "binary body", {}, binary_body},
          {"Basic", "odd Unicode", {}, odd_unicode},
          {"Basic", "content type", {}, content_types},
          {"Basic", "an event of the application's own", {}, own_event},
          {"Basic", "headers", {}, headers_round_trip},
          {"Basic", "trace context", {}, trace_context},
          {"Basic", "id as given", {}, id_given},
          {"Basic", "id generated", {}, id_generated},
          {"Basic", "the same id twice is one message", {&needs::dedup}, same_id_is_one_message}};
}

}  // namespace ductape::inline v0::testing::conformance
