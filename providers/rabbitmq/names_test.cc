// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/names.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::rabbitmq {
namespace {

using driver::Role;

const driver::TopicSpec topic{.product = "shop", .env = "prd", .broker = "orders", .topic = "new"};

TEST(Names, OfATopicAndAGroup) {
  const auto main = make_address({}, topic, Role::main, {}).value();
  EXPECT_EQ(main.native, "shop.prd.orders:new");
  ASSERT_EQ(main.names.size(), 2u);
  EXPECT_EQ(main.names[0].what, "exchange");
  EXPECT_EQ(main.names[0].name, "shop.prd.orders");
  EXPECT_EQ(main.names[1].name, "new");
  const auto retry = make_address({}, topic, Role::retry, "billing").value();
  EXPECT_EQ(retry.native, main.native) << "both are read from the group's queue";
  EXPECT_TRUE(main.default_group.empty());
  EXPECT_EQ(retry.names[0].name, "shop.prd.orders.new.billing");
  EXPECT_EQ(make_address({}, topic, Role::dead_letter, "billing").value().native, "shop.prd.orders.new.billing.dlq");
}

TEST(Names, AreTheConfigsOrTheTopicsOwn) {
  RabbitmqOptions options{.exchange = "events", .queue = "orders-queue", .routing_key = "orders.#"};
  auto own = topic;
  auto place = place_of(make_address(options, own, Role::main, {}).value());
  EXPECT_EQ(place.exchange + " " + place.routing_key, "events orders.#");
  EXPECT_FALSE(place.own_exchange);
  EXPECT_EQ(queue_of(place, "orders-queue"), "orders-queue") << "the group that the config names";
  EXPECT_EQ(dead_letter_queue_of(place, "orders-queue"), "orders-queue.dlq");
  EXPECT_EQ(queue_of(place, "billing"), "shop.prd.orders.new.billing");
  own.destination = {{"exchange", "other"}, {"routingKey", "k"}, {"queue", "q"}};
  place = place_of(make_address(options, own, Role::main, {}).value());
  EXPECT_EQ(place.exchange + " " + place.routing_key + " " + queue_of(place, "q"), "other k q");
}

TEST(Names, AQueueThatNoGroupCanBeCalledIsTheDefaultGroups) {
  const auto place = place_of(make_address({.queue = "my queue"}, topic, Role::main, {}).value());
  EXPECT_EQ(queue_of(place, "default"), "my queue");
  EXPECT_EQ(make_address({.queue = "my queue"}, topic, Role::main, {}).value().default_group, "default");
  EXPECT_EQ(make_address({.queue = "q"}, topic, Role::main, {}).value().default_group, "q");
}

TEST(Names, AFanoutIsOfOneTopic) {
  const auto place = place_of(make_address({.exchange_type = "fanout"}, topic, Role::main, {}).value());
  EXPECT_EQ(place.exchange, "shop.prd.orders.new");
}

TEST(Names, AreCutWhereAmqpCarriesNoMore) {
  const std::string long_tag(64, 'x');
  const driver::TopicSpec long_topic{.product = long_tag, .env = long_tag, .broker = long_tag, .topic = long_tag};
  const auto place = place_of(make_address({}, long_topic, Role::main, {}).value());
  const auto one = queue_of(place, "one"), two = queue_of(place, "two");
  EXPECT_EQ(one.size(), 255u);
  EXPECT_NE(one, two);
  EXPECT_LE(dead_letter_queue_of(place, "one").size(), 255u);
}

TEST(Names, WhatAmqpDoesNotTakeIsRefusedByName) {
  const auto refused = [](const RabbitmqOptions& options, const driver::TopicSpec& spec, Role role,
                          std::string_view group) {
    const auto made = make_address(options, spec, role, group);
    return made ? "made" : std::string(to_string(made.error().code)) + ": " + made.error().message;
  };
  EXPECT_EQ(refused({.routing_key = std::string(256, 'k')}, topic, Role::main, {}),
            "invalid_argument: routingKey has 256 bytes; AMQP carries at most 255");
  EXPECT_EQ(refused({.queue = std::string(252, 'q')}, topic, Role::main, {}),
            "invalid_argument: queue has 252 bytes; AMQP carries at most 251");
  EXPECT_EQ(refused({.exchange = "a\nb"}, topic, Role::main, {}), "invalid_argument: exchange has a control character");
  EXPECT_NE(refused({}, topic, Role::retry, "two words").find("group"), std::string::npos);
  auto odd = topic;
  odd.topic = "New";
  EXPECT_NE(refused({}, odd, Role::main, {}).find("topic \"New\""), std::string::npos);
}

TEST(Tiers, TheLongestThatIsNotTooLong) {
  using namespace std::chrono_literals;
  EXPECT_EQ(tier_for(4'999ms), nullptr);
  EXPECT_EQ(tier_for(5s)->name, "ductape.retry.5s");
  EXPECT_EQ(tier_for(29s)->name, "ductape.retry.5s");
  EXPECT_EQ(tier_for(5min)->name, "ductape.retry.2m");
  EXPECT_EQ(tier_for(24h)->name, "ductape.retry.30m");
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq
