// SPDX-License-Identifier: Apache-2.0
// What others do to the server and to what it has.
#include <thread>

#include "providers/rabbitmq/rabbitmq_test.h"

namespace ductape::inline v0::rabbitmq::test {
namespace {

using support::RabbitmqServer;

TEST(RabbitmqFailure, AQueueOfAnotherTypeIsToldAndLeftAsItIs) {
  const RabbitmqServer server({.definitions = R"({
    "users": [{"name": "guest", "password": "guest", "tags": ["administrator"]}], "vhosts": [{"name": "/"}],
    "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
    "queues": [{"name": "old", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}]})"});
  Inbox notices, inbox;
  Shop shop(at(server.port(), R"("queue": "old")"), [&](const Notice& notice) {
    if (notice.kind == Notice::Kind::differs) notices.add(notice.text);
  });
  const auto subscription = shop.subscribe("old", inbox).value();
  const auto told = notices.wait_for(1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(has(told[0], "inequivalent arg 'x-queue-type'"));
  EXPECT_TRUE(has(told[0], "set another"));
  shop.publish("{}").value();
  EXPECT_EQ(inbox.wait_for(1), std::vector<std::string>{"{}"}) << "the connection survived";
  EXPECT_TRUE(has(server.control({"list_queues", "name", "type"}), "old\tclassic"));
}

TEST(RabbitmqFailure, AlarmsHoldPublishesUpAndLetConsumersGoOn) {
  const RabbitmqServer server;
  Inbox inbox;
  Shop shop(at(server.port()));
  shop.client().groups().create({.event = "orders:new", .group = "g"}).value();
  shop.publish("before").value();
  EXPECT_EQ(shop.diagnosis().state, HealthState::green);
  server.control({"set_vm_memory_high_watermark", "absolute", "1"});

  const auto held_up = shop.publish("during", {.deadline = 2s});
  ASSERT_FALSE(held_up);
  EXPECT_TRUE(held_up.error().code == Errc::timed_out || held_up.error().code == Errc::outcome_unknown)
      << held_up.error().message;
  const auto finding = shop.diagnosis();
  EXPECT_NE(finding.state, HealthState::green);
  EXPECT_TRUE(has(finding.found + finding.knob, "vm_memory_high_watermark"));
  const auto subscription = shop.subscribe("g", inbox).value();
  EXPECT_EQ(inbox.wait_for(1).front(), "before");

  server.control({"set_vm_memory_high_watermark", "absolute", "4GB"});
  EXPECT_TRUE(shop.publish("after", {.deadline = 15s})) << "who is let in again goes on";
}

// What the server refuses it answers by closing a channel or the connection; what it cannot take is not sent.
TEST(RabbitmqFailure, WhatOneMessageIsRefusedForDoesNotHarmTheNext) {
  const RabbitmqServer server({.configuration = "max_message_size = 100000\n"});
  Inbox inbox;
  Shop shop(at(server.port()));
  const auto subscription = shop.subscribe("g", inbox).value();
  shop.publish("1").value();
  const auto connections = server.control({"list_connections", "pid"});

  const auto large = shop.publish("{}", {.headers = {{"shop", std::string(200'000, 'x')}}, .deadline = 10s});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::message_too_large);
  EXPECT_TRUE(has(large.error().message, "one frame of at most 131072"));
  EXPECT_TRUE(has(large.error().hint, "native.frame-max"));
  shop.publish("2").value();

  const auto over_the_servers_limit = shop.publish(std::string(200'000, 'x'), {.deadline = 10s});
  ASSERT_FALSE(over_the_servers_limit);
  EXPECT_EQ(over_the_servers_limit.error().code, Errc::message_too_large) << over_the_servers_limit.error().message;
  EXPECT_TRUE(has(over_the_servers_limit.error().hint, "max_message_size"));
  shop.publish("3").value();

  EXPECT_EQ(inbox.wait_for(3), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(server.control({"list_connections", "pid"}), connections) << "a connection was lost";
}

TEST(RabbitmqFailure, HeartbeatsGoOnWhileAHandlerRuns) {
  const RabbitmqServer server;
  Inbox begun, done;
  Shop shop(at(server.port(), R"("native": {"heartbeat": 1})"));
  const auto subscription = shop.client()
                                .subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                           [&](const Message&, const Context& context) {
                                             begun.add(std::to_string(context.deliveries().value_or(0)));
                                             std::this_thread::sleep_for(5s);
                                             done.add("done");
                                           })
                                .value();
  shop.publish("{}").value();
  ASSERT_EQ(begun.wait_for(1).size(), 1u);
  const auto connections = server.control({"list_connections", "pid"});
  ASSERT_EQ(done.wait_for(1).size(), 1u);
  EXPECT_EQ(server.control({"list_connections", "pid"}), connections) << "none was missed long enough";
  EXPECT_EQ(begun.wait_for(2, 1s), std::vector<std::string>{"1"}) << "it was handed out once";
}

TEST(RabbitmqFailure, ConnectionsThatAreClosedAreMadeAgain) {
  const RabbitmqServer server;
  Inbox inbox;
  Shop shop(at(server.port()));
  const auto subscription = shop.subscribe("g", inbox).value();
  std::size_t sent = 0;
  for (int i = 0; i < 4; ++i) {
    shop.publish(std::to_string(sent++), {.deadline = 15s}).value();
    server.control({"close_all_connections", "because we can"});
    shop.publish(std::to_string(sent++), {.deadline = 15s}).value();
  }
  const auto got = inbox.wait_for(sent);
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), sent);
}

TEST(RabbitmqFailure, NothingOfAGroupIsLeft) {
  const RabbitmqServer server;
  Shop shop(at(server.port()));
  auto groups = shop.client().groups();
  groups.create({.event = "orders:new", .group = "g"}).value();
  EXPECT_TRUE(has(server.control({"list_queues", "name"}), "shop.dev.orders.new.g.dlq"));
  groups.remove({.event = "orders:new", .group = "g"}).value();
  EXPECT_EQ(server.control({"list_queues", "name"}).find("shop."), std::string::npos);
  EXPECT_EQ(server.control({"list_exchanges", "name"}).find("shop."), std::string::npos);
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq::test
