// SPDX-License-Identifier: Apache-2.0
#include "tests/support/rabbitmq_server.h"

#include <gtest/gtest.h>

#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

bool greets(std::uint16_t port) {
  const auto greeting = ask(port, std::string_view("AMQP\0\0\x09\x01", 8));
  return !greeting.empty() && greeting.front() == 1;
}

TEST(RabbitmqServer, StopsStartsIsKilledAndStandsStill) {
  RabbitmqServer server;
  EXPECT_TRUE(greets(server.port()));
  server.process().stop();
  EXPECT_FALSE(greets(server.port()));
  server.process().start();
  EXPECT_TRUE(greets(server.port()));
  TextConnection connection(server.port());
  server.process().kill();
  EXPECT_TRUE(connection.is_closed());
  server.process().start();
  server.process().freeze();
  EXPECT_FALSE(greets(server.port()));
  server.process().thaw();
  EXPECT_TRUE(greets(server.port()));
}

TEST(RabbitmqServer, TwoStandSideBySideWithWhatTheyWereGiven) {
  const Certificates certificates;
  const RabbitmqServer plain({.definitions = R"({
    "users": [{"name": "alice", "password": "secret", "tags": []}],
    "vhosts": [{"name": "/"}, {"name": "shop"}],
    "permissions": [{"user": "alice", "vhost": "shop", "configure": ".*", "write": ".*", "read": ".*"}]})"});
  const RabbitmqServer other({.tls = ServerTls{certificates.server(), certificates.authority()}});
  EXPECT_NE(plain.control({"list_vhosts"}).find("shop"), std::string::npos);
  EXPECT_NE(plain.control({"authenticate_user", "alice", "secret"}).find("Success"), std::string::npos);
  EXPECT_THROW(plain.control({"authenticate_user", "alice", "wrong"}), std::runtime_error);
  EXPECT_EQ(other.control({"list_vhosts"}).find("shop"), std::string::npos);
  EXPECT_NE(other.control({"status"}).find(std::to_string(other.tls_port())), std::string::npos);
}

}  // namespace
}  // namespace ductape::inline v0::support
