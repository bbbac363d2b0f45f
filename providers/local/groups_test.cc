// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <ductape/units.hpp>

#include <set>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using driver::GroupSpec;

class Groups : public testing::Test {
 protected:
  void publish(int from, int to) {
    Sender sender(*broker_);
    for (int i = from; i < to; ++i) sender.submit(orders_, std::to_string(i), "", "");
    sender.stop();
  }
  void provision(std::vector<GroupSpec> groups) {
    const auto done = broker_.provision(Broker::topic("orders"), std::move(groups));
    ASSERT_TRUE(done) << done.error().message;
  }
  driver::GroupState state(std::string_view group) { return broker_.inspect(orders_, group).value(); }
  static std::vector<std::string> ids(const std::vector<Receiver::Got>& got) {
    std::vector<std::string> ids;
    for (const auto& one : got) ids.push_back(one.id);
    return ids;
  }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders");
};

TEST_F(Groups, EachGetsEverythingAndItsMembersShareIt) {
  provision({{.name = "a"}, {.name = "b"}});
  Receiver a(*broker_, orders_, {.name = "a"}), b1(*broker_, orders_, {.name = "b"}, 30s, 50),
      b2(*broker_, orders_, {.name = "b"}, 30s, 50);
  publish(0, 100);
  EXPECT_EQ(a.wait(100).size(), 100u);
  const auto first = b1.wait(50), second = b2.wait(50);
  EXPECT_EQ(first.size(), 50u);
  EXPECT_EQ(second.size(), 50u);
  std::set<std::string> all;
  for (const auto& one : first) all.insert(one.id);
  for (const auto& one : second) all.insert(one.id);
  EXPECT_EQ(all.size(), 100u);
}

TEST_F(Groups, StartWhereTheyAreTold) {
  publish(0, 3);
  const auto middle = runtime_.wall();
  const auto deadline = runtime_.now() + 5ms;
  while (runtime_.now() < deadline) std::this_thread::yield();  // so that the clock's milliseconds differ
  publish(3, 5);
  const auto time = format_time(middle + 1ms);
  provision({{.name = "latest"}, {.name = "earliest", .from = "earliest"}, {.name = "time", .from = time}});
  publish(5, 6);
  EXPECT_EQ(state("latest").waiting, 1u);
  EXPECT_EQ(state("earliest").waiting, 6u);
  EXPECT_EQ(state("time").waiting, 3u);
  Receiver receiver(*broker_, orders_, {.name = "time"});
  EXPECT_EQ(ids(receiver.wait(3)), (std::vector<std::string>{"3", "4", "5"}));
  const auto refused = broker_.provision(Broker::topic("orders"), {{.name = "x", .from = "yesterday"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
}

TEST_F(Groups, ProvisionTellsWhatItMadeWhatIsMissingAndWhatDiffers) {
  const auto spec = Broker::topic("orders");
  auto look = broker_.provision(spec, {{.name = "a"}}, false);
  EXPECT_EQ(look->missing, (std::vector<std::string>{"shop.dev.events:orders", "shop.dev.events:orders/a"}));
  EXPECT_TRUE(look->created.empty());
  auto made = broker_.provision(spec, {{.name = "a"}});
  EXPECT_EQ(made->created, (std::vector<std::string>{"shop.dev.events:orders", "shop.dev.events:orders/a"}));
  EXPECT_TRUE(made->missing.empty());
  auto again = broker_.provision(spec, {{.name = "a"}});
  EXPECT_TRUE(again->created.empty());
  EXPECT_TRUE(again->differs.empty());
  auto other = broker_.provision(Broker::topic("orders", true), {{.name = "a", .mode = GroupSpec::exclusive}}, false);
  EXPECT_EQ(other->differs, (std::vector<std::string>{"shop.dev.events:orders", "shop.dev.events:orders/a"}));
}

TEST_F(Groups, CountsAreExact) {
  provision({{.name = "a"}});
  EXPECT_EQ(state("a").lag, 0u);
  EXPECT_FALSE(state("a").oldest);
  publish(0, 10);
  auto now = state("a");
  EXPECT_EQ(now.waiting, 10u);
  EXPECT_EQ(now.lag, 10u);
  ASSERT_TRUE(now.oldest);
  Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 6);
  const auto got = receiver.wait(6);
  receiver->credit(0, 0);
  receiver.ack(got[1]);
  receiver.ack(got[4]);
  receiver.retry(got[0], 1h);
  receiver.give_back(got[5]);
  const auto dead = broker_.dead_letters("orders", "a");
  const driver::Record record{.to = &dead, .id = "2/a"};
  receiver.settle({.tag = got[2].tag, .moved = &record});
  now = state("a");
  EXPECT_EQ(now.waiting, 6u) << "4 new, 1 parked, 1 given back";
  EXPECT_EQ(now.in_flight, 1u);
  EXPECT_EQ(now.parked, 1u);
  EXPECT_EQ(now.done, 2u);
  EXPECT_EQ(now.dead, 1u);
  EXPECT_EQ(now.lag, 7u);
  const auto missing = broker_.inspect(orders_, "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
}

TEST_F(Groups, ForgetRemovesEverythingButNotUnderMembers) {
  provision({{.name = "a"}, {.name = "b"}});
  publish(0, 4);
  {
    Receiver receiver(*broker_, orders_, {.name = "a"});
    const auto got = receiver.wait(4);
    const auto dead = broker_.dead_letters("orders", "a");
    const driver::Record record{.to = &dead, .id = "0/a"};
    receiver.settle({.tag = got[0].tag, .moved = &record});
    const auto refused = broker_.forget(orders_, "a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find(std::to_string(getpid())), std::string::npos) << refused.error().message;
  }
  EXPECT_TRUE(broker_.forget(orders_, "a"));
  EXPECT_TRUE(broker_.forget(orders_, "a")) << "what is not there is forgotten";
  EXPECT_FALSE(broker_.inspect(orders_, "a"));
  EXPECT_EQ(state("b").waiting, 4u);
  provision({{.name = "a"}});
  EXPECT_EQ(state("a").dead, 0u) << "born anew";
  EXPECT_EQ(state("a").waiting, 0u);
}

TEST_F(Groups, ExclusiveHasOneActiveMember) {
  provision({{.name = "a", .mode = GroupSpec::exclusive}});
  const GroupSpec spec{.name = "a", .mode = GroupSpec::exclusive};
  auto first = std::make_unique<Receiver>(*broker_, orders_, spec, 30s, 10);
  publish(0, 5);
  first->wait(5);
  Receiver second(*broker_, orders_, spec, 30s, 100);
  EXPECT_TRUE(second.wait_alive());
  publish(5, 20);
  first->wait(10);
  EXPECT_EQ(second.wait(1, 50ms).size(), 0u);
  first.reset();  // leaves cleanly
  EXPECT_EQ(second.wait(20).size(), 20u);
  EXPECT_EQ(second.wait(20)[0].deliveries, 1u);
}

TEST_F(Groups, AModeChangesWhileNobodyIsAMember) {
  const GroupSpec shared{.name = "a"}, exclusive{.name = "a", .mode = GroupSpec::exclusive};
  provision({shared});
  {
    Receiver member(*broker_, orders_, shared);
    EXPECT_TRUE(member.wait_alive());
    const auto refused = broker_.provision(Broker::topic("orders"), {exclusive});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find("1 member running"), std::string::npos) << refused.error().message;
  }
  provision({exclusive});
  publish(0, 4);
  auto first = std::make_unique<Receiver>(*broker_, orders_, exclusive, 30s, 1);
  first->wait(1);
  Receiver second(*broker_, orders_, exclusive);
  EXPECT_EQ(second.wait(1, 50ms).size(), 0u);
  first.reset();
  EXPECT_EQ(second.wait(4).size(), 4u);
}

TEST_F(Groups, BroadcastGetsWhatIsPublishedWhileItLives) {
  publish(0, 3);
  const GroupSpec spec{.name = "watch", .mode = GroupSpec::broadcast};
  provision({spec});
  {
    Receiver one(*broker_, orders_, spec), two(*broker_, orders_, spec);
    ASSERT_TRUE(one.wait_alive());
    ASSERT_TRUE(two.wait_alive());
    publish(3, 6);
    EXPECT_EQ(ids(one.wait(3)), (std::vector<std::string>{"3", "4", "5"}));
    EXPECT_EQ(ids(two.wait(3)), (std::vector<std::string>{"3", "4", "5"}));
    EXPECT_FALSE(one.retry(one.wait(3)[1], 20ms));
    const auto again = one.wait(4);
    EXPECT_EQ(again[3].id, "4");
    EXPECT_EQ(again[3].failures, 1u);
    EXPECT_EQ(two.count(), 3u) << "only the one that failed";
  }
  EXPECT_FALSE(broker_.inspect(orders_, "watch")) << "it leaves nothing behind";
}

TEST_F(Groups, SeekReplaysAndTakesAwayWhatIsOut) {
  provision({{.name = "a"}});
  publish(0, 10);
  Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 8), other(*broker_, orders_, {.name = "a"}, 30s, 2);
  const auto got = receiver.wait(8);
  const auto others = other.wait(2);
  for (int i = 0; i < 3; ++i) receiver.ack(got[static_cast<std::size_t>(i)]);
  other->credit(0, 0);
  receiver->credit(100, 1 << 20);
  const auto seek = [&](std::string to) { return ask<void>([&](auto done) { receiver->seek(to, done); }); };
  ASSERT_TRUE(seek("earliest"));
  EXPECT_TRUE(receiver.wait_lost(5));
  EXPECT_EQ(receiver.wait(18).size(), 18u);
  EXPECT_EQ(receiver.wait(18)[8].id, "0");
  EXPECT_EQ(other.ack(others[0]).code, Errc::lost);
  ASSERT_TRUE(seek("latest"));
  EXPECT_EQ(state("a").lag, 0u);
  ASSERT_TRUE(seek(got[5].position));
  EXPECT_EQ(receiver.wait(19)[18].id, got[5].id);
  const auto wrong = seek("nowhere");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::invalid_argument);
}

TEST_F(Groups, NothingIsLostBetweenBirthAndFirstMessage) {
  Sender sender(*broker_);
  for (int i = 0; i < 100; ++i) {
    const auto name = "g" + std::to_string(i);
    provision({{.name = name}});
    Receiver receiver(*broker_, orders_, {.name = name});
    const auto id = "m" + std::to_string(i);
    ASSERT_FALSE(sender.send(orders_, id, "", "").error);
    const auto got = receiver.wait(1);
    ASSERT_EQ(got.size(), 1u);
    ASSERT_EQ(got[0].id, id);
  }
}

}  // namespace
}  // namespace ductape::inline v0::local::test
