// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/names.h"

#include <gtest/gtest.h>

#include <set>

#include "providers/nats/ack_subject.h"
#include "providers/nats/stream_settings.h"

namespace ductape::inline v0::nats {
namespace {

using driver::Role;

const driver::TopicSpec spec{.product = "shop", .env = "prd", .broker = "orders", .topic = "new"};

Place place(const driver::TopicSpec& topic, std::string_view stream = {}, Role role = Role::main,
            std::string_view group = {}) {
  const auto address = make_address(topic, stream, role, group);
  return *place_of(&address.value());
}

TEST(Names, OfATopic) {
  const auto address = make_address(spec, {}, Role::main, {}).value();
  EXPECT_EQ(address.native, "shop--prd--orders--new:shop.prd.orders.new");
  EXPECT_TRUE(place_of(&address)->own_stream);
}

TEST(Names, OfAGroup) {
  const auto retry = place(spec, {}, Role::retry, "billing"), dead = place(spec, {}, Role::dead_letter, "billing");
  EXPECT_EQ(retry.subject, "shop.prd.orders.new.billing.retry");
  EXPECT_EQ(retry.consumer, "shop--prd--orders--new--billing~retry");
  EXPECT_EQ(dead.subject, "shop.prd.orders.new.billing.dlq");
  EXPECT_EQ(dead.topic, "shop.prd.orders.new");
  EXPECT_EQ(owner_subject(dead), "$KV.shop--prd--orders.shop--prd--orders--new--billing~dlq");
}

TEST(Names, AStreamThatIsNamedIsUsedAsItIs) {
  EXPECT_EQ(place(spec, "EVENTS").stream, "EVENTS");
  EXPECT_FALSE(place(spec, "EVENTS").own_stream);
  auto own = spec;
  own.destination["stream"] = "OTHER";
  EXPECT_EQ(place(own, "EVENTS").stream, "OTHER");
  for (const auto* bad : {"a.b", "a b", "a*", "a>", "a/b", "a\\b", "caf\xc3\xa9"}) {
    const auto refused = make_address(spec, bad, Role::main, {});
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_NE(refused.error().message.find(bad), std::string::npos);
  }
}

TEST(Names, NoTwoConsumersHaveOne) {
  std::set<std::string> names;
  const std::vector<std::string> groups{"a.b", "a-b", "a--b", "a_b", "a", "a.b.c", "retry", "a.retry"};
  for (const auto& group : groups)
    for (const auto role : {Role::main, Role::retry, Role::dead_letter}) {
      const auto made = place_of_group(place(spec), role, group);
      EXPECT_TRUE(names.insert(made.consumer).second) << made.consumer;
      EXPECT_EQ(made.consumer.find('.'), std::string::npos);
    }
}

TEST(Names, LongOnesAreCutAndStayApart) {
  const std::string tag(64, 'x'), other = std::string(63, 'x') + 'y';
  const driver::TopicSpec one{.product = tag, .env = tag, .broker = tag, .topic = tag};
  auto two = one;
  two.topic = other;
  EXPECT_EQ(place(one).stream.size(), 200u);
  EXPECT_NE(place(one).stream, place(two).stream);
  EXPECT_EQ(place(one).topic.size(), 4 * 64u + 3);
  EXPECT_EQ(shortened("abc", 3), "abc");
}

TEST(Names, WhatIsNoneIsRefused) {
  auto bad = spec;
  bad.topic = "a.b";
  EXPECT_EQ(make_address(bad, {}, Role::main, {}).error().code, Errc::invalid_argument);
  for (const auto* group : {"a b", ".a", "a.", "a..b", "a*"})
    EXPECT_FALSE(make_address(spec, {}, Role::retry, group)) << group;
}

TEST(AckSubject, OfBothForms) {
  const auto old = read_ack_subject("$JS.ACK.S.c.3.17.20.1700000000000000000.5");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->deliveries, 3u);
  EXPECT_EQ(old->sequence, 17u);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(old->stored.time_since_epoch()).count(), 1'700'000'000);
  const auto now = read_ack_subject("$JS.ACK.hub.acchash.S.c.3.17.20.1700000000000000000.5.random");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->sequence, 17u);
  for (const auto* other : {"", "$JS.ACK", "$JS.ACK.S.c.3", "$JS.ACK.S.c.x.17.20.1.5", "orders.new"})
    EXPECT_FALSE(read_ack_subject(other)) << other;
}

TEST(Settings, AreReadAndRefusedByName) {
  const auto read = read_stream_settings(
      {{"replicas", "3"}, {"storage", "memory"}, {"maxBytes", "10MiB"}, {"maxAge", "1h"}, {"duplicateWindow", "5s"}});
  ASSERT_TRUE(read);
  const auto config = stream_config(place(spec), *read);
  EXPECT_EQ(config["num_replicas"], 3);
  EXPECT_EQ(config["storage"], "memory");
  EXPECT_EQ(config["max_age"], 3'600'000'000'000);
  EXPECT_EQ(config["duplicate_window"], 5'000'000'000);
  EXPECT_FALSE(stream_differs(config, *read));
  EXPECT_TRUE(stream_differs(config, {}));
  for (const auto& [key, value] :
       driver::Config{{"replicas", "6"}, {"storage", "tape"}, {"maxAge", "soon"}, {"colour", "red"}}) {
    const auto refused = read_stream_settings({{key, value}});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("native." + key), std::string::npos);
  }
}

TEST(Settings, SubjectsOfANamedStream) {
  const auto of = [](std::vector<std::string> subjects) {
    return missing_subjects(place(spec, "EVENTS"), {{"subjects", std::move(subjects)}});
  };
  using Subjects = std::vector<std::string>;
  EXPECT_EQ(of({">"}), Subjects{});
  EXPECT_EQ(of({"shop.>"}), Subjects{});
  EXPECT_EQ(of({"shop.*.*.*"}), Subjects{"shop.prd.orders.new.>"});
  EXPECT_EQ(of({"shop.prd.orders.old", "shop.prd.orders.old.>"}).size(), 2u);
  EXPECT_EQ(of({"shop.prd.orders.new", "shop.prd.orders.new.>"}), Subjects{});
}

TEST(Settings, WhereAGroupStarts) {
  const auto main = place_of_group(place(spec), Role::main, "g");
  const auto start = [&](std::string_view from) { return consumer_config(main, {.name = "g", .from = from}, 8); };
  EXPECT_EQ((*start("latest"))["config"]["opt_start_seq"], 8);
  EXPECT_EQ((*start("earliest"))["config"]["deliver_policy"], "all");
  EXPECT_EQ((*start("2026-01-02T03:04:05Z"))["config"]["deliver_policy"], "by_start_time");
  EXPECT_EQ(start("yesterday").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace ductape::inline v0::nats
