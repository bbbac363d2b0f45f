// SPDX-License-Identifier: Apache-2.0
// What others do to the server and to what it has.
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
