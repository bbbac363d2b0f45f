// SPDX-License-Identifier: Apache-2.0
// What others do to the server's data, told and mended.
#include "providers/redis/redis_test.h"

namespace ductape::inline v0::redis::test {
namespace {

using support::RedisServer;

constexpr const char* stream = "shop.dev.orders.new";

/// Gaps that were told.
struct Gaps {
  std::function<void(const Notice&)> hook() {
    return [this](const Notice& notice) {
      const std::lock_guard lock(mutex);
      if (notice.kind == Notice::Kind::gap) counts.push_back(notice.messages), changed.notify_all();
    };
  }
  std::vector<std::uint64_t> wait() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, 10s, [&] { return !counts.empty(); });
    return counts;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::uint64_t> counts;
};

TEST(RedisFailure, AnEmptiedServerIsToldAndGoneOnWith) {
  RedisServer server;
  Gaps gaps;
  Inbox inbox;
  Shop shop(at(server.port()), gaps.hook());
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                     [&](const Message& message) { inbox.add(std::string(message.text())); })
                          .value();
  shop.publish("1").value();
  ASSERT_EQ(inbox.wait_for(1), std::vector<std::string>{"1"});
  Native(server.port())({"FLUSHALL"});
  EXPECT_FALSE(gaps.wait().empty());
  shop.publish("2").value();
  EXPECT_EQ(inbox.wait_for(2), (std::vector<std::string>{"1", "2"}));
}

TEST(RedisFailure, WhatIsTrimmedBeforeAGroupHadItIsToldByNumber) {
  RedisServer server;
  Gaps gaps;
  Inbox inbox;
  Shop shop(at(server.port()), gaps.hook());
  shop.client().groups().create({.event = "orders:new", .group = "g"}, {}).value();
  for (int i = 0; i < 20; ++i) shop.publish(std::to_string(i)).value();
  Native(server.port())({"XTRIM", stream, "MAXLEN", "3"});
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                     [&](const Message& message) { inbox.add(std::string(message.text())); })
                          .value();
  EXPECT_EQ(inbox.wait_for(3), (std::vector<std::string>{"17", "18", "19"}));
  EXPECT_EQ(gaps.wait(), std::vector<std::uint64_t>{17});
}

TEST(RedisFailure, AKeyOfAnotherTypeIsNoStream) {
  RedisServer server;
  Native(server.port())({"SET", stream, "mine"});
  Shop shop(at(server.port()));
  const auto refused = shop.client().groups().create({.event = "orders:new", .group = "g"}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::conflict) << refused.error().message;
  EXPECT_FALSE(shop.publish("{}").ok());
  EXPECT_EQ(Native(server.port())({"GET", stream}), "mine");
}

TEST(RedisFailure, AServerOutOfMemorySaysSo) {
  RedisServer server({.configuration = "maxmemory 2mb\nmaxmemory-policy noeviction\n"});
  Shop shop(at(server.port()));
  auto last = shop.publish("{}");
  for (int i = 0; i < 100 && last; ++i)
    last = shop.publish(std::string(100'000, 'x'), {.content_type = "text/plain", .deadline = 1s});
  ASSERT_FALSE(last.ok());
  EXPECT_NE((last.error().message + last.error().hint + last.error().native).find("maxmemory"), std::string::npos)
      << last.error().message;
}

TEST(RedisFailure, NothingIsLeftOfAGroup) {
  RedisServer server;
  Native native(server.port());
  Shop shop(at(server.port()));
  {
    Inbox inbox;
    auto subscription = shop.client()
                            .subscribe({.event = "orders:new"}, {.group = "g", .retry = {.max_attempts = 1}},
                                       [&](const Message& message) {
                                         inbox.add(std::string(message.text()));
                                         throw std::runtime_error("no");
                                       })
                            .value();
    shop.publish("1").value();
    inbox.wait_for(1);
    EXPECT_TRUE(subscription.close(5s).ok());
  }
  EXPECT_EQ(native({"XLEN", std::string(stream) + ":g:dlq"}), "1");
  shop.client().groups().remove({.event = "orders:new", .group = "g"}).value();
  EXPECT_EQ(native({"KEYS", "*"}), stream);
  EXPECT_EQ(native({"XINFO", "GROUPS", stream}), "");
}

TEST(RedisFailure, ForeignMessagesAreDelivered) {
  RedisServer server;
  Inbox inbox;
  Shop shop(at(server.port()));
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                     [&](const Message& message) { inbox.add(std::string(message.text())); })
                          .value();
  Native native(server.port());
  native({"XADD", stream, "*", "body", "with our name"});
  native({"XADD", stream, "*", "payload", "one field"});
  native({"XADD", stream, "*", "body", "odd meta", "meta", "{not json"});
  EXPECT_EQ(inbox.wait_for(3), (std::vector<std::string>{"with our name", "one field", "odd meta"}));
}

TEST(RedisFailure, WhatForeignProgramsWriteIsAllThereAgainOnTheNextAttempt) {
  RedisServer server;
  Inbox inbox;
  Shop shop(at(server.port()));
  auto subscription =
      shop.client()
          .subscribe(
              {.event = "orders:new"},
              {.group = "g", .retry = {.max_attempts = 3, .backoff_min = 10ms, .backoff_max = 10ms}, .concurrency = 1},
              [&](const Message& message, const Context& context) {
                inbox.add(std::to_string(context.attempt()) + " " + std::string(message.id()) + " " +
                          std::string(message.content_type()) + " " + std::string(message.text()));
                if (context.attempt() < 3) throw std::runtime_error("again");
              })
          .value();
  Native native(server.port());
  auto expect_three = [&, had = std::size_t(0)](const std::string& id, const std::string& text) mutable {
    const auto got = inbox.wait_for(had + 3);
    ASSERT_EQ(got.size(), had + 3) << text;
    for (int attempt = 1; attempt <= 3; ++attempt)
      EXPECT_EQ(got[had++], std::to_string(attempt) + " " + id + " " + text);
  };
  expect_three(native({"XADD", stream, "*", "first", "Ann", "id", "7", "a", "1", "a", "2", "b", "\xff"}),
               R"(application/json {"first":"Ann","id":"7","a":["1","2"],"b_hex":"ff"})");
  expect_three(native({"XADD", stream, "*", "payload", "one field"}), " one field");
  expect_three(native({"XADD", stream, "*", "body", "ours"}), " ours");
}

TEST(RedisFailure, FieldsBesideABodyAreHeaders) {
  RedisServer server;
  Inbox inbox;
  Shop shop(at(server.port()));
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.group = "g"},
                                     [&](const Message& message) {
                                       for (const auto& header : message.headers())
                                         inbox.add(std::string(header.name) + "=" + std::string(header.value));
                                     })
                          .value();
  Native(server.port())({"XADD", stream, "*", "body", "b", "first", "Ann", "total", "9"});
  EXPECT_EQ(inbox.wait_for(2), (std::vector<std::string>{"first=Ann", "total=9"}));
}

TEST(RedisFailure, WhatEveryGroupFinishedAndIsOldGoes) {
  RedisServer server;
  Native native(server.port());
  Shop shop(at(server.port()));
  shop.client().registry().update_topic("shop", "orders:new", R"({"policy": {"retention": "1s"}})").value();
  shop.client().groups().create({.event = "orders:new", .group = "slow"}, {}).value();
  Inbox inbox;
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.group = "fast"},
                                     [&](const Message& message) { inbox.add(std::string(message.text())); })
                          .value();
  shop.publish("1").value();
  inbox.wait_for(1);
  const auto until = std::chrono::steady_clock::now() + 20s;
  const auto trims = [&] { return native({"INFO", "commandstats"}).find("cmdstat_xtrim") != std::string::npos; };
  while (!trims() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(50ms);
  ASSERT_TRUE(trims());
  EXPECT_EQ(native({"XLEN", stream}), "1") << "one group has not had it";
  auto second = shop.client()
                    .subscribe({.event = "orders:new"}, {.group = "slow"},
                               [&](const Message& message) { inbox.add(std::string(message.text())); })
                    .value();
  inbox.wait_for(2);
  const auto gone = std::chrono::steady_clock::now() + 15s;
  while (native({"XLEN", stream}) != "0" && std::chrono::steady_clock::now() < gone) std::this_thread::sleep_for(50ms);
  EXPECT_EQ(native({"XLEN", stream}), "0");
}

}  // namespace
}  // namespace ductape::inline v0::redis::test
