// SPDX-License-Identifier: Apache-2.0
// What is stored with a retry, and messages that come to one group only.
#include <gtest/gtest.h>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using Ids = std::vector<std::string>;

class Retries : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.provision(Broker::topic("orders"), {{.name = "a"}, {.name = "b"}}));
    ASSERT_TRUE(broker_.provision(Broker::topic("flights", true), {{.name = "a"}}));
  }
  void publish(Sender& sender, const Ids& messages) {
    for (const auto& message : messages)
      ASSERT_FALSE(sender.send(flights_, message.substr(2), message.substr(0, 1), "").error);
  }
  static Ids ids(const std::vector<Receiver::Got>& got) {
    Ids ids;
    for (const auto& one : got) ids.push_back(one.id);
    return ids;
  }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders"), retry_ = broker_.retries("orders", "a");
  driver::Address flights_ = broker_.address("flights", true), again_ = broker_.retries("flights", "a", true);
};

TEST_F(Retries, OutcomesThatComeAfterTheSessionWentChangeNothing) {
  Sender sender(*broker_);
  for (const auto* id : {"1", "2", "3"}) sender.send(orders_, id, "", "");
  {
    Receiver gone(*broker_, orders_, {.name = "a"});
    const auto got = gone.wait(3);
    gone.stop();
    const std::vector<driver::Settle> outcomes{{.tag = got[0].tag},
                                               {.tag = got[1].tag, .verdict = driver::Verdict::retry, .delay = 1h},
                                               {.tag = got[2].tag, .verdict = driver::Verdict::give_back}};
    gone->settle(outcomes);
  }
  const auto state = broker_.inspect(orders_, "a").value();
  EXPECT_EQ(state.waiting, 3u);
  EXPECT_EQ(state.done, 0u);
  EXPECT_EQ(state.parked, 0u);
}

TEST_F(Retries, FailuresAreStoredAsGivenAndStay) {
  Sender sender(*broker_);
  sender.send(orders_, "x", "", "");
  const auto since = driver::WallTime(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  {
    Receiver one(*broker_, orders_, {.name = "a"});
    const auto first = one.wait(1)[0];
    EXPECT_EQ(first.failures, 0u);
    EXPECT_FALSE(first.first_failure);
    one.settle({.tag = first.tag, .verdict = driver::Verdict::retry, .failures = 3, .first_failure = since});
    const auto second = one.wait(2)[1];
    EXPECT_EQ(second.failures, 3u);
    EXPECT_EQ(second.first_failure, since);
    EXPECT_FALSE(one.give_back(second));
    one.wait(3);  // and what it holds when it ends comes back likewise
  }
  Receiver other(*broker_, orders_, {.name = "a"});
  const auto third = other.wait(1)[0];
  EXPECT_EQ(third.failures, 3u);
  EXPECT_EQ(third.first_failure, since);
  EXPECT_EQ(third.deliveries, 2u);
}

TEST_F(Retries, WhatIsPublishedThereReachesThatGroupOnly) {
  EXPECT_EQ(retry_.native, orders_.native) << "one source";
  Sender sender(*broker_);
  Receiver a(*broker_, orders_, {.name = "a"}), b(*broker_, orders_, {.name = "b"});
  // One by one, as what comes again goes before what is new.
  EXPECT_FALSE(sender.send(orders_, "1", "", "").error);
  a.wait(1);
  EXPECT_FALSE(sender.send(retry_, "2", "k", "body").error);
  EXPECT_TRUE(sender.send(retry_, "2", "k", "body").duplicate) << "as long as it is there";
  a.wait(2);
  EXPECT_FALSE(sender.send(orders_, "3", "", "").error);
  const auto got = a.wait(3);
  EXPECT_EQ(ids(got), (Ids{"1", "2", "3"}));
  EXPECT_EQ(ids(b.wait(2)), (Ids{"1", "3"}));
  EXPECT_EQ(got[1].body, "body");
  EXPECT_EQ(got[1].key, "k");
  EXPECT_EQ(got[1].deliveries, 1u);
  EXPECT_EQ(got[1].position, "") << "no place in the topic";
  EXPECT_FALSE(a.retry(got[1], 0ms));
  const auto again = a.wait(4)[3];
  EXPECT_EQ(again.id, "2");
  EXPECT_EQ(again.failures, 1u);
  EXPECT_FALSE(a.ack(again));
  EXPECT_EQ(broker_.inspect(orders_, "a")->done, 1u);
  EXPECT_FALSE(sender.send(retry_, "2", "", "").duplicate) << "done with, it may come again";
  EXPECT_EQ(a.wait(5)[4].id, "2");
}

TEST_F(Retries, NeedAGroup) {
  Sender sender(*broker_);
  const auto none = sender.send(broker_.retries("orders", "none"), "1", "", "");
  EXPECT_EQ(none.error.code, Errc::not_found) << none.error.message;
  EXPECT_NE(none.error.message.find("none"), std::string::npos);
  sender.send(orders_, "1", "", "");
  Receiver a(*broker_, orders_, {.name = "a"});
  const auto nowhere = broker_.retries("nothing", "a");
  const driver::Record record{.to = &nowhere, .id = "1"};
  const auto got = a.wait(1)[0];
  EXPECT_EQ(a.settle({.tag = got.tag, .moved = &record}).code, Errc::not_found);
  EXPECT_FALSE(a.ack(got)) << "it stays with who has it";
}

TEST_F(Retries, AMovedOneIsInOneStepElsewhere) {
  Sender sender(*broker_);
  sender.send(orders_, "1", "", "body");
  Receiver a(*broker_, orders_, {.name = "a"});
  const driver::Record record{.to = &retry_, .id = "1"};
  EXPECT_FALSE(a.settle({.tag = a.wait(1)[0].tag, .moved = &record}));
  EXPECT_EQ(a.wait(2)[1].id, "1");
  const auto state = broker_.inspect(orders_, "a").value();
  EXPECT_EQ(state.in_flight, 1u);
  EXPECT_EQ(state.done, 0u);
  EXPECT_EQ(broker_.inspect(orders_, "b")->waiting, 1u);
}

TEST_F(Retries, AMovedOneMayGoWhereItLay) {
  Sender sender(*broker_);
  sender.send(retry_, "1", "", "once");
  Receiver a(*broker_, orders_, {.name = "a"});
  const std::string body = "twice";
  const driver::Record record{.to = &retry_, .id = "1", .body = std::as_bytes(std::span(body))};
  EXPECT_FALSE(a.settle({.tag = a.wait(1)[0].tag, .moved = &record}));
  ASSERT_EQ(a.wait(2).size(), 2u);
  EXPECT_EQ(a.wait(2)[1].body, "twice");
  EXPECT_EQ(broker_.inspect(orders_, "a")->in_flight, 1u);
  EXPECT_FALSE(a.ack(a.wait(2)[1]));
  EXPECT_EQ(broker_.inspect(orders_, "a")->done, 1u);
}

TEST_F(Retries, StayBehindEarlierOnesOfTheirKeyThatNobodyHasSeen) {
  Sender sender(*broker_);
  publish(sender, {"A:1", "A:2"});
  ASSERT_FALSE(sender.send(again_, "old", "A", "").error);
  ASSERT_FALSE(sender.send(again_, "other", "B", "").error);
  publish(sender, {"A:3"});
  EXPECT_EQ(broker_.inspect(flights_, "a")->waiting, 5u);
  Receiver one(*broker_, flights_, {.name = "a"}, 30s, 1);
  Ids order;
  for (std::size_t i = 0; i < 5; ++i) {
    const auto got = one.wait(i + 1);
    ASSERT_EQ(got.size(), i + 1);
    order.push_back(got[i].id);
    EXPECT_FALSE(one.ack(got[i]));
  }
  std::erase(order, "other");
  EXPECT_EQ(order, (Ids{"1", "2", "old", "3"}));
}

TEST_F(Retries, LaterOnesOfTheKeyWaitBehindThem) {
  Sender sender(*broker_);
  ASSERT_FALSE(sender.send(again_, "old", "A", "").error);
  publish(sender, {"A:1", "B:2"});
  Receiver one(*broker_, flights_, {.name = "a"}, 30s, 1);
  EXPECT_EQ(one.wait(1)[0].id, "old");
  EXPECT_FALSE(one.retry(one.wait(1)[0], 100ms));
  Receiver two(*broker_, flights_, {.name = "a"});
  one->credit(0, 0);
  // One of them may have got 2 between.
  const auto got = [&] {
    auto all = ids(two.wait(one.count() == 2 ? 2 : 3));
    std::erase(all, "2");
    return all;
  }();
  EXPECT_EQ(got, (Ids{"old", "1"}));
}

TEST_F(Retries, AKeyIsHeldByOneMemberAcrossBothPlaces) {
  Sender sender(*broker_);
  publish(sender, {"A:1"});
  Receiver one(*broker_, flights_, {.name = "a"}, 30s, 1);
  const auto first = one.wait(1)[0];
  ASSERT_FALSE(sender.send(again_, "old", "A", "").error);
  Receiver two(*broker_, flights_, {.name = "a"});
  EXPECT_EQ(two.wait(1, 50ms).size(), 0u);
  one->credit(0, 0);
  EXPECT_FALSE(one.ack(first));
  EXPECT_EQ(two.wait(1)[0].id, "old");
}

}  // namespace
}  // namespace ductape::inline v0::local::test
