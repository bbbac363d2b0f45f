// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ductape/publish.hpp>
#include <ductape/subscribe.hpp>

namespace ductape::inline v0 {
namespace {

std::string refusal(const char* json) {
  const auto request = PublishRequest::parse(json);
  return request ? "accepted" : std::string(request.error().name()) + " " + request.error().message;
}

std::string subscribe_refusal(const char* json) {
  const auto request = SubscribeRequest::parse(json);
  return request ? "accepted" : std::string(request.error().name()) + " " + request.error().message;
}

TEST(PublishRequest, BothShapesAreOneCall) {
  const auto nested = PublishRequest::parse(
                          R"({"env":"prd","event":"sqsbroker:new-orders","product_tag":"my_product",
                              "input":{"message":{"orderId":"12345"}}})")
                          .value();
  const auto flat =
      PublishRequest::parse(
          R"({"env":"prd","product":"my_product","event":"sqsbroker:new-orders","message":{"orderId":"12345"}})")
          .value();
  for (const auto& request : {nested, flat}) {
    EXPECT_EQ(request.env, "prd");
    EXPECT_EQ(request.product, "my_product");
    EXPECT_EQ(request.event, "sqsbroker:new-orders");
    EXPECT_EQ(request.message, R"({"orderId":"12345"})");
  }
}

TEST(PublishRequest, TheMessageIsPassedOnByteForByte) {
  constexpr auto body =
      "{ \"b\" : 1.50 ,\n\t\"a\": [1e2, \"\\u00e9\\/\", \"\xc3\xa9\"], \"big\":123456789012345678901234567890e-3 }";
  const auto text = std::string(R"({"message":  )") + body + R"( ,"event":"a:b"})";
  EXPECT_EQ(PublishRequest::parse(text).value().message, body);
}

TEST(PublishRequest, AWholeNumberMayHaveAnySize) {
  const auto request = PublishRequest::parse(R"({"event":"a:b","message":{"n":123456789012345678901234567890}})");
  EXPECT_EQ(request.value().message, R"({"n":123456789012345678901234567890})");
  EXPECT_FALSE(PublishRequest::parse(R"({"event":"a:b","message":{"n":123456789012345678901234567890,}})"));
  EXPECT_FALSE(PublishRequest::parse(R"({"event":"a:b","message":{"n":1-2}})"));
}

TEST(PublishRequest, ProductAndEnvMayBeLeftToTheClient) {
  const auto request = PublishRequest::parse(R"({"event":"a:b","message":{}})").value();
  EXPECT_EQ(request.product, "");
  EXPECT_EQ(request.env, "");
}

TEST(PublishRequest, TopicTagMustBeTheEvents) {
  EXPECT_EQ(refusal(R"({"event":"a:b","input":{"topicTag":"b","message":{}}})"), "accepted");
  EXPECT_EQ(refusal(R"({"event":"a:b","input":{"topicTag":"a:b","message":{}}})"), "accepted");
  EXPECT_EQ(refusal(R"({"event":"a:b","input":{"topicTag":"c","message":{}}})"),
            R"(INVALID_ARGUMENT /input/topicTag: "c" is not the topic of the event "a:b")");
}

TEST(PublishRequest, WhatIsWrongIsNamed) {
  EXPECT_EQ(refusal(R"({"evnt":"a:b","message":{}})"),
            R"(INVALID_ARGUMENT the request: unknown key "evnt"; did you mean "event"?)");
  EXPECT_EQ(refusal(R"({"event":"a:b","input":{"mesage":{}}})"),
            R"(INVALID_ARGUMENT /input: unknown key "mesage"; did you mean "message"?)");
  EXPECT_EQ(refusal(R"({"event":5,"message":{}})"), "INVALID_ARGUMENT /event: expected a string, found a number");
  EXPECT_EQ(refusal(R"({"event":"a:b","message":"x"})"),
            "INVALID_ARGUMENT /message: expected an object, found a string");
  EXPECT_EQ(refusal(R"({"event":"a:b","input":[]})"), "INVALID_ARGUMENT /input: expected an object, found an array");
  EXPECT_EQ(refusal(R"({"event":"a:b"})"), R"(INVALID_ARGUMENT the request: the field "message" is missing)");
  EXPECT_EQ(refusal(R"({"message":{}})"), R"(INVALID_ARGUMENT the request: the field "event" is missing)");
  EXPECT_EQ(refusal(R"({"event":"a:b","message":{},"input":{"message":{}}})"),
            R"(INVALID_ARGUMENT /input/message: the message is given twice, inside "input" and beside it)");
  EXPECT_EQ(refusal(R"({"event":"a:b","event":"a:c","message":{}})"), "INVALID_ARGUMENT /event: given twice");
  EXPECT_EQ(refusal(R"({"event":"a:b","product":"x","product_tag":"y","message":{}})"),
            R"(INVALID_ARGUMENT /product: differs from "product_tag", which is another spelling of the same)");
  EXPECT_EQ(refusal(R"({"event":"a:b","session":{"tag":"s","token":"t"},"message":{}})"),
            "UNSUPPORTED /session: a session is not verified yet, and unverified none is taken along");
  EXPECT_EQ(refusal(R"({"event":"orders","message":{}})").substr(0, 20), "EVENT_FORMAT_INVALID");
  EXPECT_EQ(refusal(R"({"event":"a:b","env":"PRD","message":{}})").substr(0, 20), "EVENT_FORMAT_INVALID");
  for (const char* json :
       {"", "{", "[]", "5", "\"a:b\"", R"({"event":"a:b","message":{"x":nonsense}})",
        R"({"event":"a:b","message":{"x":1}} trailing)", "{\"event\":\"a:b\",\"message\":{\"x\":\"\xff\"}}"})
    EXPECT_EQ(refusal(json).substr(0, 16), "INVALID_ARGUMENT") << json;
}

TEST(SubscribeRequest, BothShapesAreOneCall) {
  for (const char* json : {R"({"env":"prd","event":"a:b","product_tag":"shop","input":{"topicTag":"b"}})",
                           R"({"env":"prd","event":"a:b","product_tag":"shop","input":{}})",
                           R"({"env":"prd","product":"shop","event":"a:b"})"}) {
    const auto request = SubscribeRequest::parse(json).value();
    EXPECT_EQ(request.env, "prd");
    EXPECT_EQ(request.product, "shop");
    EXPECT_EQ(request.event, "a:b");
  }
}

TEST(SubscribeRequest, HasNoMessage) {
  EXPECT_EQ(subscribe_refusal(R"({"event":"a:b","message":{}})"),
            R"(INVALID_ARGUMENT the request: unknown key "message")");
  EXPECT_EQ(subscribe_refusal(R"({"event":"a:b","input":{"topicTag":"x"}})"),
            R"(INVALID_ARGUMENT /input/topicTag: "x" is not the topic of the event "a:b")");
}

}  // namespace
}  // namespace ductape::inline v0
