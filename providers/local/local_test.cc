// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using Map = std::map<std::string, std::string>;

class Local : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.provision(Broker::topic("orders"), {{.name = "billing"}})); }
  driver::GroupState state() { return broker_.inspect(orders_, "billing").value(); }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders");
};

TEST_F(Local, HandsOutWhatWasPublishedByteForByte) {
  Sender sender(*broker_);
  sender.attributes = {{"source", "shop/dev"}, {"type", "events:orders"}, {"x-own", "1"}};
  sender.headers = {{"trace", std::string_view("a\0b", 3)}, {"empty", ""}};
  const auto body = std::string("\0\xff{}", 4);
  const auto before = std::chrono::floor<Millis>(runtime_.wall());
  const auto outcome = sender.send(orders_, "0190a7c4-8f5e-7abc-9def-0123456789ab", "k\u00e9y", body);
  ASSERT_FALSE(outcome.error) << outcome.error.message;
  EXPECT_EQ(outcome.native_id, "1");
  EXPECT_FALSE(sender.send(orders_, "an id of its own", "", "").error);

  Receiver receiver(*broker_, orders_, {.name = "billing"});
  const auto got = receiver.wait(2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].id, "0190a7c4-8f5e-7abc-9def-0123456789ab");
  EXPECT_EQ(got[0].body, body);
  EXPECT_EQ(got[0].key, "k\u00e9y");
  EXPECT_EQ(got[0].position, "1");
  EXPECT_EQ(got[0].deliveries, 1u);
  EXPECT_EQ(got[0].failures, 0u);
  EXPECT_GE(got[0].published, before);
  EXPECT_LE(got[0].published, runtime_.wall());
  EXPECT_EQ(got[0].attributes, (Map{{"source", "shop/dev"}, {"type", "events:orders"}, {"x-own", "1"}}));
  EXPECT_EQ(got[0].headers, (Map{{"trace", std::string("a\0b", 3)}, {"empty", ""}}));
  EXPECT_EQ(got[1].id, "an id of its own");
  EXPECT_EQ(got[1].body, "");
  EXPECT_EQ(got[1].key, "");
}

TEST_F(Local, AcknowledgedIsDone) {
  Sender sender(*broker_);
  for (int i = 0; i < 3; ++i) sender.send(orders_, std::to_string(i), "", "body");
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  const auto got = receiver.wait(3);
  EXPECT_FALSE(receiver.ack(got[1]));
  EXPECT_EQ(state().done, 1u);
  EXPECT_EQ(state().in_flight, 2u);
  EXPECT_EQ(receiver.ack(got[1]).code, Errc::lost) << "a second time";
  EXPECT_FALSE(receiver.ack(got[0]));
  EXPECT_FALSE(receiver.ack(got[2]));
  EXPECT_EQ(state().done, 3u);
  EXPECT_EQ(state().lag, 0u);
  receiver.stop();
  Receiver next(*broker_, orders_, {.name = "billing"});
  EXPECT_TRUE(next.wait_alive());
  EXPECT_EQ(next.wait(1, 50ms).size(), 0u);
}

TEST_F(Local, RetryComesAgainAfterItsDelayWithItsFailures) {
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "body");
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  const auto first = receiver.wait(1)[0];
  const auto before = runtime_.now();
  EXPECT_FALSE(receiver.retry(first, 120ms));
  EXPECT_EQ(state().parked, 1u);
  EXPECT_EQ(state().waiting, 1u);
  const auto got = receiver.wait(2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_GE(runtime_.now() - before, 119ms);
  EXPECT_EQ(got[1].id, "a");
  EXPECT_EQ(got[1].body, "body");
  EXPECT_EQ(got[1].deliveries, 2u);
  EXPECT_EQ(got[1].failures, 1u);
  EXPECT_NE(got[1].tag, first.tag);
  EXPECT_EQ(receiver.ack(first).code, Errc::lost) << "an outcome of the earlier hand-out";
  EXPECT_FALSE(receiver.retry(got[1], 0ms));
  EXPECT_EQ(receiver.wait(3)[2].failures, 2u);
}

TEST_F(Local, GivenBackCountsNothing) {
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "body");
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  EXPECT_FALSE(receiver.give_back(receiver.wait(1)[0]));
  const auto again = receiver.wait(2)[1];
  EXPECT_EQ(again.deliveries, 1u);
  EXPECT_EQ(again.failures, 0u);
  EXPECT_FALSE(receiver.retry(again, 0ms));
  EXPECT_FALSE(receiver.give_back(receiver.wait(3)[2]));
  const auto last = receiver.wait(4)[3];
  EXPECT_EQ(last.deliveries, 2u);
  EXPECT_EQ(last.failures, 1u);
}

TEST_F(Local, WhatIsUnsettledAtTheEndIsGivenBack) {
  Sender sender(*broker_);
  for (int i = 0; i < 5; ++i) sender.send(orders_, std::to_string(i), "", "");
  {
    Receiver receiver(*broker_, orders_, {.name = "billing"});
    const auto got = receiver.wait(5);
    EXPECT_FALSE(receiver.ack(got[2]));
    EXPECT_FALSE(receiver.retry(got[3], 0ms));
    receiver.wait(6);
  }
  EXPECT_EQ(state().waiting, 4u);
  EXPECT_EQ(state().in_flight, 0u);
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  Map seen;
  for (const auto& got : receiver.wait(4))
    seen[got.id] = std::to_string(got.deliveries) + "/" + std::to_string(got.failures);
  EXPECT_EQ(seen, (Map{{"0", "1/0"}, {"1", "1/0"}, {"3", "2/1"}, {"4", "1/0"}}));
}

TEST_F(Local, MovesToTheDeadLettersInOneStep) {
  const auto dead = broker_.dead_letters("orders", "billing");
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "body");
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  const auto got = receiver.wait(1)[0];
  const driver::Header reason{"ductapereason", "rejected"};
  const driver::Record record{
      .to = &dead, .id = "a/billing", .body = std::as_bytes(std::span(got.body)), .attributes = {&reason, 1}};
  EXPECT_FALSE(receiver.settle({.tag = got.tag, .moved = &record}));
  const auto after = state();
  EXPECT_EQ(after.dead, 1u);
  EXPECT_EQ(after.done, 0u);
  EXPECT_EQ(after.lag, 0u);

  // Its address can be consumed like any other.
  ASSERT_TRUE(broker_.inspect(orders_, "billing"));
  const auto twice = sender.send(dead, "a/billing", "", "other");
  EXPECT_TRUE(twice.duplicate);
  Receiver letters(*broker_, dead, {.name = "looker", .mode = driver::GroupSpec::broadcast, .from = "earliest"});
  const auto letter = letters.wait(1);
  ASSERT_EQ(letter.size(), 1u);
  EXPECT_EQ(letter[0].id, "a/billing");
  EXPECT_EQ(letter[0].body, "body");
  EXPECT_EQ(letter[0].attributes.at("ductapereason"), "rejected");
}

TEST_F(Local, TheSameIdIsOneMessage) {
  Sender sender(*broker_);
  const auto first = sender.send(orders_, "0190a7c4-8f5e-7abc-9def-0123456789ab", "", "one");
  sender.send(orders_, "b", "", "two");
  const auto again = sender.send(orders_, "0190a7c4-8f5e-7abc-9def-0123456789ab", "", "three");
  EXPECT_FALSE(again.error);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.native_id, first.native_id);
  EXPECT_EQ(sender.send(orders_, "c", "", "").native_id, "3") << "a repeat takes no place";
  EXPECT_FALSE(sender.send(broker_.address("refunds"), "b", "", "").duplicate) << "another topic";
  EXPECT_EQ(state().waiting, 3u);
}

TEST_F(Local, CreditBoundsWhatIsHandedOut) {
  Sender sender(*broker_);
  for (int i = 0; i < 10; ++i) sender.send(orders_, std::to_string(i), "", std::string(1000, 'x'));
  Receiver receiver(*broker_, orders_, {.name = "billing"}, 30s, 0);
  EXPECT_TRUE(receiver.wait_alive());
  EXPECT_EQ(state().in_flight, 0u);
  receiver->credit(3, 1 << 20);
  receiver.wait(3);
  EXPECT_EQ(state().in_flight, 3u);
  receiver->credit(100, 4500);
  receiver.wait(5);
  EXPECT_EQ(state().in_flight, 5u) << "bodies of about 4500 bytes";
  receiver.ack(receiver.wait(5)[0]);
  receiver.wait(6);
  receiver->credit(0, 0);
  receiver.ack(receiver.wait(6)[1]);
  EXPECT_EQ(state().in_flight, 4u);
  EXPECT_EQ(receiver.count(), 6u);
}

TEST_F(Local, AnExpiredDeliveryIsLostAndComesAgain) {
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "");
  sender.send(orders_, "b", "", "");
  Receiver receiver(*broker_, orders_, {.name = "billing"}, 150ms, 2);
  const auto got = receiver.wait(2);
  EXPECT_TRUE(receiver.wait_lost(2));
  const auto again = receiver.wait(4);
  ASSERT_GE(again.size(), 4u);
  EXPECT_EQ(again[2].deliveries, 2u);
  EXPECT_EQ(again[2].failures, 0u);
  EXPECT_EQ(receiver.ack(got[0]).code, Errc::lost);
}

TEST_F(Local, AnExtendedDeliveryStays) {
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "");
  Receiver receiver(*broker_, orders_, {.name = "billing"}, 200ms, 1);
  const auto got = receiver.wait(1)[0];
  receiver->extend(std::span(&got.tag, 1), 60s);
  // Another member sees the lease in the file.
  Receiver other(*broker_, orders_, {.name = "billing"}, 200ms);
  EXPECT_EQ(other.wait(1, 700ms).size(), 0u);
  EXPECT_EQ(receiver.lost(), 0u);
  EXPECT_FALSE(receiver.ack(got));
  EXPECT_EQ(state().done, 1u);
}

TEST_F(Local, RefusesWhatItCannotKeep) {
  Sender sender(*broker_);
  const auto large = sender.send(orders_, "large", "", std::string((16 << 20) + 1, 'x'));
  EXPECT_EQ(large.error.code, Errc::message_too_large);
  EXPECT_NE(large.error.message.find("16777216"), std::string::npos) << large.error.message;
  EXPECT_FALSE(sender.send(orders_, "fits", "", std::string((16 << 20) - 4, 'x')).error);
  driver::Address foreign{.native = "elsewhere"};
  EXPECT_EQ(sender.send(foreign, "a", "", "").error.code, Errc::invalid_argument);
  Receiver receiver(*broker_, orders_, {.name = "billing"}, 30s, 1);
  EXPECT_EQ(receiver.wait(1)[0].body.size(), std::size_t{(16 << 20) - 4});
}

TEST_F(Local, PublishNeedsNoGroupAndNoProvisioning) {
  const auto refunds = broker_.address("refunds");
  Sender sender(*broker_);
  EXPECT_FALSE(sender.send(refunds, "a", "", "kept").error);
  ASSERT_TRUE(broker_.provision(Broker::topic("refunds"), {{.name = "late", .from = "earliest"}}));
  Receiver receiver(*broker_, refunds, {.name = "late"});
  EXPECT_EQ(receiver.wait(1)[0].body, "kept");
}

TEST_F(Local, StoppedPublisherReportsEverythingFirst) {
  Sender sender(*broker_);
  for (int i = 0; i < 2000; ++i) sender.submit(orders_, std::to_string(i), "", "body");
  sender.stop();
  EXPECT_EQ(sender.outcomes(), 2000u);
  EXPECT_EQ(state().waiting, 2000u);
}

TEST_F(Local, AStoppedConsumerWaitsForOutcomesUntilItsDeadline) {
  Sender sender(*broker_);
  sender.send(orders_, "a", "", "");
  sender.send(orders_, "b", "", "");
  Receiver receiver(*broker_, orders_, {.name = "billing"});
  const auto got = receiver.wait(2);
  receiver->stop(runtime_.now() + 60s);
  EXPECT_FALSE(receiver.ack(got[0]));
  EXPECT_FALSE(receiver.has_ended());
  const auto before = runtime_.now();
  receiver->stop(before + 400ms);  // the earlier one holds
  EXPECT_FALSE(receiver.wait_ended());
  EXPECT_LT(runtime_.now() - before, 10s);
  EXPECT_EQ(state().done, 1u);
  EXPECT_EQ(state().waiting, 1u);

  Receiver next(*broker_, orders_, {.name = "billing"});
  const auto last = next.wait(1)[0];
  next->stop(runtime_.now() + 60s);
  EXPECT_FALSE(next.ack(last));
  EXPECT_FALSE(next.wait_ended()) << "with the last outcome";
}

TEST_F(Local, AConsumerOfAMissingGroupEnds) {
  Receiver none(*broker_, orders_, {.name = "nobody"});
  EXPECT_EQ(none.wait_ended().code, Errc::not_found);
  Receiver nowhere(*broker_, broker_.address("nothing"), {.name = "billing"});
  EXPECT_EQ(nowhere.wait_ended().code, Errc::not_found);
}

TEST_F(Local, ProbeTellsWhatItIs) {
  const auto probe = broker_.probe();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->server.rfind("SQLite 3", 0), 0u);
  const bool in_memory = probe->survives == driver::Survives::process_crash;
  EXPECT_EQ(in_memory, !probe->warning.empty());
}

}  // namespace
}  // namespace ductape::inline v0::local::test
