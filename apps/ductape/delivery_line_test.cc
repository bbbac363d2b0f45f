// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/delivery_line.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ductape::cli {
namespace {

struct Given {
  std::string_view body = "{}", type = "application/json", key = {};
  std::vector<HeaderView> headers = {};
  bool known = true;  // time and deliveries
  std::string_view trace = {};
};

std::string line(const Given& given, DeliveryForm form) {
  auto data = std::make_shared<detail::MessageData>();
  data->event = "orders:new";
  data->product = "shop";
  data->env = "dev";
  data->group = "billing";
  data->id = "id-1";
  data->key = given.key;
  data->body = std::as_bytes(std::span(given.body));
  std::vector<HeaderView> attributes;
  if (!given.type.empty()) attributes.push_back({"datacontenttype", given.type});
  if (!given.trace.empty()) attributes.push_back({"traceparent", given.trace});
  data->attributes = attributes;
  data->headers = given.headers;
  if (given.known) {
    data->published = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'763'719'872'345));
    data->deliveries = 2;
  }
  std::string out;
  append_delivery(out, Context(Message(std::move(data))), form);
  return out;
}

TEST(DeliveryLine, JsonHasEveryMemberInItsPlace) {
  EXPECT_EQ(line({.body = R"({"a": 1.50})", .key = "k", .headers = {{"x", "1"}, {"y", "\""}}}, DeliveryForm::json),
            R"({"id":"id-1","event":"orders:new","product":"shop","env":"dev","group":"billing","attempt":1,)"
            R"("deliveries":2,"time":"2025-11-21T10:11:12.345Z","key":"k","headers":{"x":"1","y":"\""},)"
            R"("body":{"a": 1.50}})"
            "\n");
}

TEST(DeliveryLine, ATraceIsToldIfThereIsOne) {
  const auto json = nlohmann::json::parse(line({.trace = "00-ab-cd-01"}, DeliveryForm::json));
  EXPECT_EQ(json["traceparent"], "00-ab-cd-01");
  EXPECT_FALSE(json.contains("tracestate"));
  EXPECT_EQ(json["headers"], nlohmann::json::object());
}

TEST(DeliveryLine, WhatNobodyKnowsIsNull) {
  const auto json = nlohmann::json::parse(line({.known = false}, DeliveryForm::json));
  EXPECT_TRUE(json["time"].is_null());
  EXPECT_TRUE(json["deliveries"].is_null());
  EXPECT_TRUE(json["key"].is_null());
}

TEST(DeliveryLine, ABodyOfSeveralLinesBecomesOne) {
  const auto text = line({.body = "{\n\"a\":\r\n1}\n"}, DeliveryForm::json);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(nlohmann::json::parse(text)["body"]["a"], 1);
}

TEST(DeliveryLine, OtherBodiesAreBase64) {
  for (Given given : {Given{.body = "12", .type = "text/plain"}, Given{.body = "{", .type = "application/json"},
                      Given{.body = "\xFF", .type = ""}, Given{.body = "", .type = ""}}) {
    const auto json = nlohmann::json::parse(line(given, DeliveryForm::json));
    EXPECT_FALSE(json.contains("body")) << given.body;
    EXPECT_TRUE(json.contains("body_base64")) << given.body;
  }
  EXPECT_EQ(nlohmann::json::parse(line({.body = "12", .type = ""}, DeliveryForm::json))["body"], 12);
}

TEST(DeliveryLine, AHeaderThatComesTwiceIsShownOnce) {
  const auto text = line({.headers = {{"x", "first"}, {"x", "second"}, {"\xFF", "\xFE"}}}, DeliveryForm::json);
  EXPECT_NE(text.find("\"headers\":{\"x\":\"first\",\"\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}"), text.npos) << text;
}

TEST(DeliveryLine, TextIsOneLineThatCannotSteerATerminal) {
  EXPECT_EQ(line({.body = "{\n}", .key = "k"}, DeliveryForm::text), "2025-11-21T10:11:12.345Z id-1 k {}\n");
  EXPECT_EQ(line({.body = "hi \xC3\xA9", .type = "text/plain", .known = false}, DeliveryForm::text),
            "- id-1 - hi \xC3\xA9\n");
  EXPECT_EQ(line({.body = "\x1b[2J", .type = "text/plain", .known = false}, DeliveryForm::text),
            "- id-1 - base64:G1sySg==\n");
  EXPECT_EQ(line({.body = "\xC2\x9B", .type = "text/plain", .key = "a\nb", .known = false}, DeliveryForm::text),
            "- id-1 - base64:wps=\n");
}

TEST(DeliveryLine, RawIsTheBody) {
  EXPECT_EQ(line({.body = std::string_view("a\n\0b", 4)}, DeliveryForm::raw), std::string("a\n\0b\n", 5));
}

}  // namespace
}  // namespace ductape::cli
