// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/model/document.h"
#include "src/model/objects.h"

namespace ductape::inline v0::model {
namespace {

using namespace std::chrono_literals;

std::string refusal(const char* text) {
  const auto topic = TopicDefinition::parse(text);
  return topic ? "accepted" : std::string(to_string(topic.error().code)) + " " + topic.error().message;
}

TEST(TopicObject, IsReadAsDocumented) {
  const auto topic =
      TopicDefinition::parse(R"({"name":"New Orders","tag":"orders:new-orders","messageBrokerTag":"orders",
      "description":"d","sample":{"orderId":"1","total":99.99}})")
          .value();
  EXPECT_EQ(topic.broker, "orders");
  EXPECT_EQ(topic.tag, "new-orders");
  EXPECT_EQ(topic.name, "New Orders");
  EXPECT_EQ(topic.sample, R"({"orderId":"1","total":99.99})");
  EXPECT_EQ(topic.schema, SchemaMode::warn);
  EXPECT_FALSE(topic.ordered);
  EXPECT_EQ(topic.policy, TopicPolicy{});
  EXPECT_EQ(TopicDefinition::parse("tag: new-orders\nmessageBrokerTag: orders\n").value().event(), "orders:new-orders");
}

TEST(TopicObject, OursStandsBesideIt) {
  const auto topic = TopicDefinition::parse(
                         "tag: a:b\nschema: off\nordered: true\n"
                         "policy: { max_attempts: 3, backoff: { min: 2s, max: 1m }, retention: { age: 3d } }\n")
                         .value();
  EXPECT_EQ(topic.schema, SchemaMode::off);
  EXPECT_TRUE(topic.ordered);
  EXPECT_EQ(topic.policy, (TopicPolicy{{3, 2s, 1min}, 72h}));
  EXPECT_EQ(TopicDefinition::parse(topic.json()).value().json(), topic.json());
  EXPECT_EQ(topic.json(),
            R"({"tag":"a:b","name":"b","schema":"off","ordered":true,)"
            R"("policy":{"max_attempts":3,"backoff":{"min":"2s","max":"1m"},"max_deliveries":20,"retention":"3d"}})");
}

TEST(TopicObject, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("tag: b\n"), R"(invalid_argument /tag: "b" does not say of which broker the topic is)");
  EXPECT_EQ(refusal("tag: a:b\nmessageBrokerTag: c\n"),
            R"(invalid_argument /tag: the topic "a:b" does not belong to the broker "c")");
  EXPECT_EQ(refusal("tag: a:b:c\n"), R"(invalid_argument topic tag "b:c": character ":" at position 2 is not allowed)");
  EXPECT_EQ(refusal("tag: a:b\nsample: 5\n"), "invalid_argument /sample: expected an object, found a whole number");
  EXPECT_EQ(refusal("tag: a:b\nschema: strict\n"),
            R"(invalid_argument /schema: "strict" is none of off, warn, enforce)");
  EXPECT_EQ(refusal("tag: a:b\nschema: wran\n"),
            R"(invalid_argument /schema: "wran" is none of off, warn, enforce; did you mean "warn"?)");
  EXPECT_EQ(refusal("tag: a:b\nordered: yes\n"), "invalid_argument /ordered: expected true or false, found a string");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_atempts: 3 }\n"),
            R"(invalid_argument /policy: unknown key "max_atempts"; did you mean "max_attempts"?)");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_attempts: -3 }\n"),
            "invalid_argument /policy/max_attempts: expected a whole number from 0 to 4294967295, found -3");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_attempts: 2.5 }\n"),
            "invalid_argument /policy/max_attempts: expected a whole number from 0 to 4294967295, found 2.5");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_attempts: 4294967296 }\n"),
            "invalid_argument /policy/max_attempts: expected a whole number from 0 to 4294967295, found 4294967296");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_attempts: 0 }\n"),
            "invalid_argument /policy/max_attempts: 0 attempts would deliver nothing; at least 1");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { backoff: { min: 5 } }\n"),
            R"(invalid_argument /policy/backoff/min: "5" is not a duration)");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { backoff: { min: 5m, max: 1s } }\n"),
            "invalid_argument /policy/backoff: min 5m is more than max 1s");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { max_deliveries: 0 }\n"),
            "invalid_argument /policy/max_deliveries: 0 hand-outs would deliver nothing; at least 1");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { dedup: soon }\n"),
            R"(invalid_argument /policy/dedup: "soon" is not a duration)");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { retention: { bytes: many } }\n"),
            R"(invalid_argument /policy/retention/bytes: "many" is not a size)");
  EXPECT_EQ(refusal("tag: a:b\npolicy: { retention: 0s }\n"), "invalid_argument /policy/retention: 0s keeps nothing");
}

TEST(TopicObject, APolicyIsReadAndWrittenWhole) {
  const auto topic = TopicDefinition::parse(
                         "tag: a:b\npolicy: { max_deliveries: 9, dedup: 1h, retention: { age: 2d, bytes: 1GiB } }\n")
                         .value();
  EXPECT_EQ(topic.policy.retry.max_deliveries, 9u);
  EXPECT_EQ(topic.policy.retry.dedup, std::chrono::hours(1));
  EXPECT_EQ(topic.policy.retention_age, std::chrono::hours(48));
  EXPECT_EQ(topic.policy.retention_bytes, 1ull << 30);
  EXPECT_EQ(TopicDefinition::parse(topic.json()).value().policy, topic.policy);
}

TEST(TopicObject, DestinationsMergeByEnvironment) {
  const auto topic =
      TopicDefinition::parse("tag: a:b\nenvs: [{slug: prd, config: {topic: x}}, {slug: dev, config: {topic: y}}]\n")
          .value();
  EXPECT_EQ(topic.envs.at(0).config, R"({"topic":"x"})");
  EXPECT_EQ(TopicDefinition::parse(topic.json()).value().json(), topic.json());
  EXPECT_EQ(refusal("tag: a:b\nenvs: [{slug: prd, config: 5}]\n"),
            "invalid_argument /envs/0/config: expected an object, found a whole number");
  EXPECT_EQ(refusal("tag: a:b\nenvs: [{slug: prd, config: {}}, {slug: prd, config: {}}]\n"),
            R"(invalid_argument /envs/1: the environment "prd" is given twice)");
  EXPECT_EQ(refusal("tag: a:b\nenvs: [{slug: Prd, config: {}}]\n"),
            R"(invalid_argument /envs/0/slug: environment "Prd": character "P" at position 1 is not allowed)");
  EXPECT_EQ(refusal("tag: a:b\nenvs: [{slug: prd, config: {topic: null}}]\n"),
            "invalid_argument /envs/0/config/topic: expected a value, found null");
}

TEST(TopicObject, WhatComesLaterIsRefusedNotDropped) {
  EXPECT_EQ(refusal("tag: a:b\nidempotent: yes\n"),
            "invalid_argument /idempotent: expected true or false, found a string");
  EXPECT_EQ(refusal("tag: a:b\nidempotent: false\npolicy: {dedup: 1h}\n"),
            "invalid_argument /idempotent: is false, where `policy` has a window in which ids are not repeated");
  EXPECT_EQ(refusal("tag: a:b\ndata: []\n"),
            "unsupported /data: a list of fields is not read, as no document shows what one looks like");
}

Result<GroupDefinition> group_of(const char* text) {
  const auto document = parse_document(text).value();
  std::optional<Error> problem;
  GroupDefinition group{.event = "a:b"};
  Fields fields(document, "", problem);
  read(fields, group);
  fields.end();
  if (problem) return *problem;
  if (auto done = check(group); !done) return done.error();
  return group;
}

TEST(GroupObject, IsReadAndWritten) {
  const auto group =
      group_of("{ name: billing, from: '2026-11-21T11:00:00+01:00', mode: exclusive, policy: { max_attempts: 1 } }")
          .value();
  EXPECT_EQ(group.json(), R"({"event":"a:b","name":"billing","mode":"exclusive","from":"2026-11-21T10:00:00.000Z",)"
                          R"("policy":{"max_attempts":1,"backoff":{"min":"1s","max":"5m"},"max_deliveries":20}})");
  EXPECT_EQ(group_of(group.json().c_str()).value().json(), group.json());
}

TEST(GroupObject, BadOnesAreRefused) {
  for (const char* text :
       {"{}", "{ name: a/b }", "{ name: a, from: soon }", "{ name: a, mode: broadcast }", "{ name: a, event: nothing }",
        "{ name: a, policy: { retention: 7d } }", "{ name: a, policy: { max_attempts: 0 } }", "{ name: a, lease: 5s }"})
    EXPECT_FALSE(group_of(text)) << text;
  GroupDefinition broadcast{.event = "a:b", .name = "g", .mode = Mode::broadcast};
  EXPECT_FALSE(check(broadcast));
}

TEST(TopicObject, AQueueForEachEnvironment) {
  const auto topic = TopicDefinition::parse(R"({"tag": "a:b", "queueUrl": [{"env_slug": "prd", "url": "https://q/1/a"},
                                                {"env_slug": "dev", "url": "http://127.0.0.1:9324/q"}]})");
  ASSERT_TRUE(topic) << topic.error().message;
  ASSERT_EQ(topic->queue_urls.size(), 2u);
  EXPECT_EQ(topic->queue_urls[1].env, "dev");
  EXPECT_NE(topic->json().find(R"("queueUrls":[{"env_slug":"prd","url":"https://q/1/a"},)"), std::string::npos);
  EXPECT_EQ(refusal(R"({"tag":"a:b","queueUrls":[{"env_slug":"prd","url":"u"},{"env_slug":"prd","url":"v"}]})"),
            "invalid_argument /queueUrls/1: the environment \"prd\" is given twice");
  EXPECT_EQ(refusal(R"({"tag":"a:b","queueUrls":[{"env_slug":"prd"}]})").substr(0, 16), "invalid_argument");
  EXPECT_EQ(refusal(R"({"tag":"a:b","queueUrls":[{"env_slug":"PRD","url":"u"}]})").substr(0, 16), "invalid_argument");
}

}  // namespace
}  // namespace ductape::inline v0::model
