// SPDX-License-Identifier: Apache-2.0
#include "src/policy/publish_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace ductape::policy {
namespace {

TEST(PublishOrder, AcceptingALaterOneOvertakesAllEarlierOnesOfItsKey) {
  PublishOrder order;
  KeyedRecord a1{.key = "a"}, b1{.key = "b"}, a2{.key = "a"}, a3{.key = "a"}, a4{.key = "a"};
  for (KeyedRecord* record : {&a1, &b1, &a2, &a3, &a4}) order.add(*record);
  order.accepted(a3);
  EXPECT_TRUE(a1.overtaken);
  EXPECT_TRUE(a2.overtaken);
  EXPECT_FALSE(a3.overtaken);
  EXPECT_FALSE(a4.overtaken);
  EXPECT_FALSE(b1.overtaken);
}

TEST(PublishOrder, WhatLeftIsNotTouchedAnyMore) {
  PublishOrder order;
  KeyedRecord a1{.key = "a"}, a2{.key = "a"}, a3{.key = "a"};
  for (KeyedRecord* record : {&a1, &a2, &a3}) order.add(*record);
  order.removed(a1);
  order.accepted(a2);
  order.accepted(a3);
  EXPECT_FALSE(a1.overtaken);
  EXPECT_FALSE(a2.overtaken);
}

TEST(PublishOrder, AResendWaitsWhileALaterOneOfItsKeyIsInFlight) {
  PublishOrder order;
  KeyedRecord a1{.key = "a"}, b1{.key = "b"}, a2{.key = "a"}, a3{.key = "a"};
  for (KeyedRecord* record : {&a1, &b1, &a2, &a3}) order.add(*record);
  b1.in_flight = true;
  EXPECT_FALSE(order.later_in_flight(a1)) << "another key";
  a1.in_flight = true;
  EXPECT_FALSE(order.later_in_flight(a1)) << "itself";
  EXPECT_FALSE(order.later_in_flight(a2)) << "an earlier one";
  a3.in_flight = true;
  EXPECT_TRUE(order.later_in_flight(a1));
  EXPECT_TRUE(order.later_in_flight(a2));
  EXPECT_FALSE(order.later_in_flight(a3));
  order.removed(a3);
  EXPECT_FALSE(order.later_in_flight(a1));
}

TEST(PublishOrder, ARecordCanBeUsedAgainForAnotherMessage) {
  PublishOrder order;
  KeyedRecord first{.key = "a"}, second{.key = "a"};
  order.add(first);
  order.add(second);
  order.accepted(second);
  ASSERT_TRUE(first.overtaken);
  order.removed(first);
  first.key = "b";
  first.in_flight = true;
  order.add(first);
  EXPECT_FALSE(first.overtaken);
  EXPECT_FALSE(first.in_flight);
  order.removed(first);
}

// Which of 1024 buckets a key falls into is the library's; found here instead of assumed.
TEST(PublishOrder, KeysOfOneBucketDoNotOvertakeEachOther) {
  const auto bucket = [](std::string_view key) { return std::hash<std::string_view>{}(key) % 1024; };
  std::string other;
  for (int i = 0; other.empty(); ++i) {
    const std::string candidate = "key-" + std::to_string(i);
    if (bucket(candidate) == bucket("a")) other = candidate;
  }
  PublishOrder order;
  KeyedRecord a1{.key = "a"}, b1{.key = other}, a2{.key = "a"}, b2{.key = other};
  for (KeyedRecord* record : {&a1, &b1, &a2, &b2}) order.add(*record);
  b2.in_flight = true;
  EXPECT_TRUE(order.later_in_flight(b1));
  EXPECT_FALSE(order.later_in_flight(a1));
  order.accepted(b2);
  EXPECT_TRUE(b1.overtaken);
  EXPECT_FALSE(a1.overtaken);
  EXPECT_FALSE(a2.overtaken);
}

struct Modelled {
  KeyedRecord record;
  std::string key;
  bool overtaken = false;
};

// Against a list in call order. 3,000 keys over 1,024 buckets, so that buckets are shared; few keys for long lists.
void compare_with_model(std::uint32_t seed, unsigned keys) {
  std::mt19937 random(seed);
  PublishOrder order;
  std::list<Modelled> under_way;
  unsigned overtaken = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (under_way.empty() || random() % 100 < 50 - under_way.size() / 8) {
      Modelled& added = under_way.emplace_back();
      added.key = "customer-" + std::to_string(random() % keys);
      added.record.key = added.key;
      order.add(added.record);
      continue;
    }
    // Mostly the oldest, as providers confirm.
    const std::size_t nth = random() % 3 == 0 ? random() % under_way.size() : 0;
    const auto leaving = std::next(under_way.begin(), static_cast<std::ptrdiff_t>(nth));
    if (random() % 5 == 0) {
      order.removed(leaving->record);
    } else {
      order.accepted(leaving->record);
      for (auto other = under_way.begin(); other != leaving; ++other) other->overtaken |= other->key == leaving->key;
    }
    ASSERT_EQ(leaving->record.overtaken, leaving->overtaken);
    overtaken += leaving->overtaken;
    under_way.erase(leaving);
    if (step % 16 == 0) {
      for (const Modelled& one : under_way) ASSERT_EQ(one.record.overtaken, one.overtaken) << "step " << step;
    }
  }
  for (Modelled& one : under_way) {
    ASSERT_EQ(one.record.overtaken, one.overtaken);
    order.removed(one.record);
  }
  EXPECT_GT(overtaken, 0U) << "the run showed nothing";
}

TEST(PublishOrder, AgreesWithANaiveModelOnFewKeys) { compare_with_model(1, 3); }
TEST(PublishOrder, AgreesWithANaiveModelOnSomeKeys) { compare_with_model(2, 40); }
TEST(PublishOrder, AgreesWithANaiveModelOnManyKeys) { compare_with_model(3, 3'000); }

// 100,000 of one key, confirmed newest first: quadratic walks would take far longer than this test may.
TEST(PublishOrder, ConfirmationsInReverseDoNotWalkTheWholeListEachTime) {
  PublishOrder order;
  std::vector<KeyedRecord> records(100'000, KeyedRecord{.key = "a"});
  for (KeyedRecord& record : records) order.add(record);
  std::for_each(records.rbegin(), records.rend(), [&](KeyedRecord& record) { order.accepted(record); });
  EXPECT_EQ(std::count_if(records.begin(), records.end(), [](const KeyedRecord& record) { return record.overtaken; }),
            99'999);
}

}  // namespace
}  // namespace ductape::policy
