// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using Ids = std::vector<std::string>;

class Order : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.provision(Broker::topic("flights", true), {{.name = "board"}})); }
  /// One message for each "key:id".
  void publish(const std::vector<std::string>& messages) {
    Sender sender(*broker_);
    for (const auto& message : messages) {
      const auto colon = message.find(':');
      sender.submit(flights_, message.substr(colon + 1), message.substr(0, colon), "");
    }
    sender.stop();
  }
  std::unique_ptr<Receiver> receiver(std::size_t credit = 1000, Millis lease = 30s, Broker* broker = nullptr) {
    return std::make_unique<Receiver>(**(broker ? broker : &broker_), flights_, driver::GroupSpec{.name = "board"},
                                      lease, credit);
  }
  static Ids ids(const std::vector<Receiver::Got>& got, std::size_t from = 0) {
    Ids all;
    for (auto i = from; i < got.size(); ++i) all.push_back(got[i].id);
    return all;
  }
  driver::GroupState state() { return broker_.inspect(flights_, "board").value(); }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address flights_ = broker_.address("flights", true);
};

TEST_F(Order, AKeyIsInOneMemberAtATime) {
  publish({"A:1", "A:2", "B:3"});
  auto first = receiver(1);
  const auto a1 = first->wait(1);
  EXPECT_EQ(a1[0].id, "1");
  auto second = receiver();
  EXPECT_EQ(ids(second->wait(1)), Ids{"3"}) << "2 waits behind 1, 3 does not";
  EXPECT_EQ(second->wait(2, 50ms).size(), 1u);
  EXPECT_EQ(state().waiting, 1u);
  first->operator->()->credit(0, 0);
  EXPECT_FALSE(first->ack(a1[0]));
  EXPECT_EQ(ids(second->wait(2)), (Ids{"3", "2"})) << "free as soon as 1 is done";
}

TEST_F(Order, OneMemberMayHoldSeveralOfAKey) {
  publish({"A:1", "A:2", "A:3", ":4", "B:5"});
  auto one = receiver();
  EXPECT_EQ(ids(one->wait(5)), (Ids{"1", "2", "3", "4", "5"}));
  publish({"A:6"});
  EXPECT_EQ(ids(one->wait(6)).back(), "6");
}

TEST_F(Order, LaterOnesOfAKeyWaitBehindARetry) {
  publish({"A:1", "B:2"});
  auto one = receiver(2);
  const auto got = one->wait(2);
  EXPECT_FALSE(one->retry(got[0], 150ms));
  publish({"A:3", "B:4"});
  one->operator->()->credit(100, 1 << 20);
  EXPECT_EQ(ids(one->wait(5), 2), (Ids{"4", "1", "3"}));
  EXPECT_EQ(one->wait(5)[3].failures, 1u);
}

TEST_F(Order, ARetryComesBackToWhoHoldsLaterOnes) {
  publish({"A:1", "A:2", "A:3"});
  auto one = receiver(2);
  const auto got = one->wait(2);
  EXPECT_FALSE(one->retry(got[0], 20ms));  // 2 is still held
  auto other = receiver();
  one->operator->()->credit(100, 1 << 20);
  EXPECT_EQ(ids(one->wait(4), 2), (Ids{"1", "3"}));
  EXPECT_EQ(other->wait(1, 30ms).size(), 0u);
}

TEST_F(Order, GivenBackKeepsItsPlace) {
  publish({"A:1", "A:2", "A:3", "A:4"});
  auto one = receiver(3);
  const auto got = one->wait(3);
  one->operator->()->credit(0, 0);
  // In the order of nobody's choice.
  EXPECT_FALSE(one->give_back(got[1]));
  EXPECT_FALSE(one->give_back(got[2]));
  EXPECT_FALSE(one->give_back(got[0]));
  auto other = receiver();
  EXPECT_EQ(ids(other->wait(4)), (Ids{"1", "2", "3", "4"}));
  for (const auto& again : other->wait(4)) EXPECT_EQ(again.deliveries, 1u);
}

TEST_F(Order, HoldsWhenMembersComeAndGo) {
  std::vector<std::string> messages;
  for (int i = 0; i < 300; ++i)
    messages.push_back(std::string(1, static_cast<char>('A' + i % 7)) + ":" + std::to_string(i));
  publish(messages);
  Broker elsewhere(directory_.path(), runtime_);
  std::map<std::string, int> last;  // by key: the last that was handled
  std::set<std::string> handled;
  for (int round = 0; handled.size() < 300; ++round) {
    ASSERT_LT(round, 400);
    auto one = receiver(5), two = receiver(5, 30s, &elsewhere);
    for (auto* member : {one.get(), two.get()}) {
      std::set<std::string> stopped;  // keys of which this member gave one back
      int number = 0;
      for (const auto& got : member->wait(1, 100ms)) {
        if (stopped.contains(got.key)) continue;  // comes again after it
        if (++number % 3 == round % 3) {
          stopped.insert(got.key);
          if (round % 2 == 0)
            EXPECT_FALSE(member->retry(got, 1ms));
          else
            EXPECT_FALSE(member->give_back(got));
          continue;
        }
        const int id = std::stoi(got.id);
        EXPECT_TRUE(!last.contains(got.key) || last[got.key] < id)
            << got.key << ' ' << last[got.key] << " before " << id;
        last[got.key] = id;
        EXPECT_FALSE(member->ack(got));
        handled.insert(got.id);
      }
    }
  }
  EXPECT_EQ(state().done, 300u);
}

TEST_F(Order, AnExpiredMembersKeysGoOnInOrder) {
  publish({"A:1", "A:2", "B:3", "A:4"});
  auto one = receiver(3, 200ms);
  one->wait(3);
  one->operator->()->credit(0, 0);
  auto two = receiver(100, 30s);
  EXPECT_TRUE(one->wait_lost(3));
  const auto got = two->wait(4);
  Ids of_a;
  for (const auto& each : got)
    if (each.key == "A") of_a.push_back(each.id);
  EXPECT_EQ(of_a, (Ids{"1", "2", "4"}));
  EXPECT_EQ(got.size(), 4u);
}

TEST_F(Order, ASlowHotKeyHoldsNobodyElseUp) {
  std::vector<std::string> messages;
  for (int i = 0; i < 3000; ++i) messages.push_back("HOT:" + std::to_string(i));
  messages.push_back("B:cold");
  publish(messages);
  auto slow = receiver(1);
  slow->wait(1);
  auto other = receiver(10);
  EXPECT_EQ(ids(other->wait(1)), Ids{"cold"});
  EXPECT_EQ(other->wait(2, 30ms).size(), 1u);
  EXPECT_EQ(state().waiting, 2999u);
  // Its own go on, one after the other.
  for (std::size_t i = 0; i < 20; ++i) {
    const auto got = slow->wait(i + 1);
    ASSERT_EQ(got.size(), i + 1);
    EXPECT_EQ(got[i].id, std::to_string(i));
    if (i == 0) other->operator->()->credit(0, 0);
    EXPECT_FALSE(slow->ack(got[i]));
  }
}

TEST_F(Order, LookingAheadIsBounded) {
  std::vector<std::string> messages;
  for (int i = 0; i < 5000; ++i) messages.push_back("HOT:" + std::to_string(i));
  messages.push_back("B:cold");
  publish(messages);
  auto slow = receiver(1);
  slow->wait(1);
  auto other = receiver(10);
  EXPECT_EQ(other->wait(1, 300ms).size(), 0u) << "beyond 4096 it is not looked";
  slow->operator->()->credit(2000, 1 << 30);
  slow->wait(1500);
  EXPECT_EQ(ids(other->wait(1)), Ids{"cold"});
}

TEST_F(Order, KeysShareNothingWithoutOrder) {
  ASSERT_TRUE(broker_.provision(Broker::topic("loose"), {{.name = "g"}}));
  const auto loose = broker_.address("loose");
  Sender sender(*broker_);
  for (int i = 0; i < 4; ++i) sender.send(loose, std::to_string(i), "A", "");
  Receiver one(*broker_, loose, {.name = "g"}, 30s, 2), two(*broker_, loose, {.name = "g"}, 30s, 2);
  EXPECT_EQ(one.wait(2).size(), 2u);
  EXPECT_EQ(two.wait(2).size(), 2u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
