// SPDX-License-Identifier: Apache-2.0
#include "src/registry/destinations.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::registry {
namespace {

struct DestinationsTest : testing::Test {
  /// The product `shop` with these brokers, as a declarative file has them.
  std::string apply(const std::string& brokers) {
    auto applied = registry.apply("product: shop\nbrokers:\n" + brokers);
    if (applied) return "ok";
    return applied.error().message + " (" + applied.error().hint + ")";
  }
  Registry registry = Registry::open("memory:").value();
};

constexpr const char* kafka = "  - tag: orders\n    envs: [{slug: prd, type: KAFKA, config: {brokers: a, topic: t}}]\n";

TEST_F(DestinationsTest, TwoTopicsOfABrokerMayNotHaveOneDestination) {
  EXPECT_EQ(apply(std::string(kafka) + "    topics: [{tag: a}]\n"), "ok");
  EXPECT_EQ(apply(std::string(kafka) + "    topics: [{tag: a}, {tag: b}]\n"),
            "topics orders:a and orders:b would both have the topic \"t\" in prd "
            "(give one of them its own: envs: [{slug: prd, config: {topic: ...}}])");
  const auto created = registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "b"});
  EXPECT_EQ(created.error().code, Errc::conflict);
  EXPECT_EQ(apply(std::string(kafka) + "    topics: [{tag: a}, {tag: b, envs: [{slug: prd, config: {topic: u}}]}]\n"),
            "ok");
  const auto exported = registry.export_product("shop").value();
  EXPECT_EQ(registry.apply(exported).value().changes.size(), 4u) << exported;
  EXPECT_EQ(registry.export_product("shop").value(), exported);
  const auto moved = registry.update_topic("shop", "orders:b", R"({"envs": [{"slug": "prd", "config": null}]})");
  EXPECT_EQ(moved.error().code, Errc::conflict) << "without its own it would be where the other is";
}

TEST_F(DestinationsTest, TheirPlacesMayBeExchangedInOneFile) {
  const auto with = [&](const std::string& a, const std::string& b) {
    return apply(std::string(kafka) + "    topics: [{tag: a, envs: [{slug: prd, config: {topic: " + a +
                 "}}]}, {tag: b, envs: [{slug: prd, config: {topic: " + b + "}}]}]\n");
  };
  EXPECT_EQ(with("x", "y"), "ok");
  EXPECT_EQ(with("y", "x"), "ok");
}

TEST_F(DestinationsTest, ARoutingKeyIsOfOneTopicInItsExchange) {
  const std::string rabbit = "  - tag: orders\n    envs: [{slug: prd, type: RABBITMQ, config: {routingKey: r}}]\n";
  EXPECT_EQ(apply(rabbit + "    topics: [{tag: a}, {tag: b, envs: [{slug: prd, config: {exchange: e}}]}]\n"), "ok");
  EXPECT_EQ(apply(rabbit + "    topics: [{tag: a}, {tag: b, envs: [{slug: prd, config: {queue: q}}]}]\n").substr(0, 65),
            "topics orders:a and orders:b would both have the routingKey \"r\" i");
}

TEST_F(DestinationsTest, AQueueUrlIsADestination) {
  const std::string sqs = "  - tag: orders\n    envs: [{slug: prd, type: AWS_SQS, config: {region: r}}]\n    topics:\n";
  const auto topic = [](const std::string& tag, const std::string& url) {
    return "      - {tag: " + tag + ", queueUrls: [{env_slug: prd, url: \"" + url + "\"}]}\n";
  };
  EXPECT_EQ(apply(sqs + topic("a", "https://q/a") + topic("b", "https://q/b")), "ok");
  EXPECT_EQ(apply(sqs + topic("a", "https://q/a") + topic("b", "https://q/a")).substr(0, 61),
            "topics orders:a and orders:b would both have the queueUrl \"ht");
}

TEST_F(DestinationsTest, NamesThatATechnologyTakesForTheSameAreRefused) {
  const auto broker = [](const std::string& tag, const std::string& topic) {
    return "  - tag: " + tag +
           "\n    envs: [{slug: prd, type: KAFKA, config: {brokers: a}}]\n    topics: [{tag: " + topic + "}]\n";
  };
  EXPECT_EQ(
      apply(broker("a", "b_c") + broker("a_b", "c")),
      "topics a:b_c in prd and a_b:c in prd would be \"shop.prd.a.b_c\" and \"shop.prd.a_b.c\", which are the same "
      "to KAFKA (give one of them its own: envs: [{slug: prd, config: {topic: ...}}])");
  EXPECT_EQ(apply(broker("a", "b_c") + broker("a_b", "d")), "ok");
}

TEST_F(DestinationsTest, OnlyWhatNamesADestinationIsATopics) {
  EXPECT_EQ(
      apply(std::string(kafka) + "    topics: [{tag: a, envs: [{slug: prd, config: {topik: x}}]}]\n"),
      "topic orders:a in prd: \"topik\" names no destination of KAFKA; did you mean \"topic\"? (known here: topic)");
  EXPECT_EQ(
      apply(std::string(kafka) + "    topics: [{tag: a, envs: [{slug: prd, config: {brokers: x}}]}]\n").substr(0, 66),
      "topic orders:a in prd: \"brokers\" names no destination of KAFKA (kn");
  EXPECT_EQ(apply("  - tag: orders\n    envs: [{slug: dev, type: LOCAL}]\n"
                  "    topics: [{tag: a, envs: [{slug: dev, config: {topic: x}}]}]\n"),
            "topic orders:a in dev: \"topic\" names no destination of LOCAL (LOCAL knows none)");
  EXPECT_EQ(apply(std::string(kafka) + "    topics: [{tag: a, envs: [{slug: prd, config: {topic: '${X}'}}]}]\n")
                .substr(0, 84),
            "topic orders:a in prd: topic: a destination is written as it is, without a reference");
  EXPECT_EQ(apply(std::string(kafka) + "    topics: [{tag: a, envs: [{slug: prd}]}]\n").substr(0, 73),
            "/brokers/0/topics/0/envs/0: the field \"config\" is missing ()");
}

TEST_F(DestinationsTest, WhatATopicSaysIsTold) {
  const auto topic =
      TopicDefinition::parse(R"({"tag": "a:b", "envs": [{"slug": "prd", "config": {"routing_key": "r"}}]})").value();
  const BrokerEnv rabbit{.slug = "prd", .type = "RABBITMQ"};
  EXPECT_EQ(destination_of(topic, rabbit).value(), (driver::Config{{"routingKey", "r"}}));
  EXPECT_EQ(destination_of(topic, {.slug = "dev", .type = "RABBITMQ"}).value(), driver::Config{});
}

}  // namespace
}  // namespace ductape::inline v0::registry
