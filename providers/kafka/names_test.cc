// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/names.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::kafka {
namespace {

using driver::Role;

const driver::TopicSpec spec{.product = "shop", .env = "prd", .broker = "orders", .topic = "new"};

Place at(Role role, std::string_view group, std::string_view topic = {}, std::string_view group_id = {}) {
  const auto address = make_address(spec, topic, group_id, role, group);
  EXPECT_TRUE(address) << (address ? "" : address.error().message);
  return address ? *place_of(&*address) : Place();
}

TEST(Names, ATopicIsNamedAfterItsTags) {
  EXPECT_EQ(at(Role::main, {}).topic, "shop.prd.orders.new");
  EXPECT_EQ(at(Role::main, {}, "Orders_v2").topic, "Orders_v2");
  auto own = spec;
  own.destination = {{"topic", "mine"}};
  EXPECT_EQ(make_address(own, "Orders_v2", {}, Role::main, {})->native, "mine");
}

TEST(Names, AGroupHasTopicsOfItsOwn) {
  const auto retry = at(Role::retry, "billing");
  EXPECT_EQ(retry.group_id, "shop.prd.orders.new.billing");
  EXPECT_EQ(retry_topics(retry), (std::vector<std::string>{
                                     "shop.prd.orders.new.billing.retry.5s", "shop.prd.orders.new.billing.retry.30s",
                                     "shop.prd.orders.new.billing.retry.2m", "shop.prd.orders.new.billing.retry.10m"}));
  EXPECT_EQ(make_address(spec, {}, {}, Role::dead_letter, "billing")->native, "shop.prd.orders.new.billing.dlq");
  EXPECT_NE(make_address(spec, {}, {}, Role::retry, "billing")->native, "shop.prd.orders.new");
}

TEST(Names, OnAnOrderedTopicRetriesWaitInMemory) {
  auto ordered = spec;
  ordered.ordered = true;
  const auto address = make_address(ordered, {}, {}, Role::retry, "g");
  ASSERT_TRUE(address);
  EXPECT_EQ(retry_topics(*place_of(&*address)).size(), 1u);
}

TEST(Names, TheGroupThatTheConfigNamesIsCalledSo) {
  EXPECT_EQ(at(Role::retry, "billing", {}, "billing").group_id, "billing");
  EXPECT_FALSE(at(Role::retry, "billing", {}, "billing").own_group_id);
  EXPECT_EQ(at(Role::retry, "audit", {}, "billing").group_id, "shop.prd.orders.new.audit");
  EXPECT_EQ(make_address(spec, {}, "billing", Role::retry, "billing")->names.at(0).name, "billing");
}

TEST(Names, TiersAreForTheirWaitsAndLongerOnes) {
  using driver::Millis;
  EXPECT_EQ(tiers[tier_of(Millis(-1))].suffix, "5s");
  EXPECT_EQ(tiers[tier_of(Millis(29'999))].suffix, "5s");
  EXPECT_EQ(tiers[tier_of(Millis(30'000))].suffix, "30s");
  EXPECT_EQ(tiers[tier_of(Millis(300'000))].suffix, "2m");
  EXPECT_EQ(tiers[tier_of(std::chrono::hours(24))].suffix, "10m");
}

TEST(Names, TheLongestFit) {
  const std::string tag(64, 'a');
  const auto address = make_address({.product = tag, .env = tag, .broker = tag, .topic = tag}, {}, {}, Role::main, {});
  ASSERT_TRUE(address);
  EXPECT_EQ(address->native.size(), 249u);
  const auto& place = *place_of(&*address);
  const auto group = place_of_group(place, {}, Role::retry, std::string(64, 'g'));
  for (const auto& topic : retry_topics(group)) EXPECT_LE(topic.size(), 249u);
  EXPECT_NE(retry_topic(group, 0), retry_topic(group, 1));
  EXPECT_LE(group.group_id.size(), 255u);
}

TEST(Names, WhatKafkaWouldNotTakeIsRefused) {
  for (const std::string_view topic : {"a b", "ä", "..", "a/b"})
    EXPECT_FALSE(make_address(spec, topic, {}, Role::main, {})) << topic;
  EXPECT_FALSE(make_address(spec, std::string(250, 'a'), {}, Role::main, {}));
  EXPECT_FALSE(make_address(spec, {}, {}, Role::retry, "a group"));
  auto wrong = spec;
  wrong.product = "Shop";
  EXPECT_FALSE(make_address(wrong, {}, {}, Role::main, {}));
}

}  // namespace
}  // namespace ductape::inline v0::kafka
