// SPDX-License-Identifier: Apache-2.0
// Every option, as the server sees it, and what is said when it is wrong.
#include "providers/rabbitmq/rabbitmq_test.h"
#include "tests/support/redis_server.h"

namespace ductape::inline v0::rabbitmq::test {
namespace {

using support::Certificates;
using support::RabbitmqServer;

/// `alice` may do all in `shop`, `bob` may log in, and in `shop` read only.
constexpr const char* definitions = R"({
  "users": [{"name": "guest", "password": "guest", "tags": ["administrator"]},
            {"name": "alice", "password": "s3cret", "tags": []}, {"name": "bob", "password": "b0b", "tags": []}],
  "vhosts": [{"name": "/"}, {"name": "shop"}],
  "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
                  {"user": "alice", "vhost": "shop", "configure": ".*", "write": ".*", "read": ".*"},
                  {"user": "bob", "vhost": "shop", "configure": "^$", "write": "^$", "read": ".*"}]})";

TEST(RabbitmqOptions, AreSeenAtTheServer) {
  const RabbitmqServer server({.definitions = definitions});
  Inbox inbox;
  Shop shop(at(server.port(), R"("username": "alice", "password": "s3cret", "vhost": "shop", "exchange": "events",
      "exchangeType": "direct", "queue": "order-queue", "routingKey": "order.created",
      "native": {"heartbeat": "7", "connection-name": "till-7"})"));
  const auto subscription = shop.subscribe({}, inbox).value();
  shop.publish("{}").value();
  EXPECT_EQ(inbox.wait_for(1), std::vector<std::string>{"{}"});

  EXPECT_TRUE(has(server.control({"-p", "shop", "list_exchanges", "name", "type", "durable"}), "events\tdirect\ttrue"));
  EXPECT_TRUE(has(server.control({"-p", "shop", "list_bindings", "source_name", "destination_name", "routing_key"}),
                  "events\torder-queue\torder.created"));
  const auto queues = server.control({"-p", "shop", "list_queues", "name", "type", "durable", "arguments"});
  EXPECT_TRUE(has(queues, "order-queue\tquorum\ttrue"));
  EXPECT_TRUE(has(queues, "order-queue.dlq\tquorum\ttrue"));
  EXPECT_TRUE(has(queues, "{\"x-dead-letter-strategy\",\"at-least-once\"}"));
  EXPECT_TRUE(has(queues, "{\"x-delivery-limit\",1000}"));
  EXPECT_TRUE(has(queues, "ductape.retry.2m\tquorum\ttrue"));
  const auto connections = server.control({"list_connections", "user", "vhost", "timeout", "client_properties"});
  EXPECT_TRUE(has(connections, "alice\tshop\t7\t"));
  EXPECT_TRUE(has(connections, "till-7"));
}

TEST(RabbitmqOptions, UrlInsteadOfTheFields) {
  const RabbitmqServer server({.definitions = definitions});
  Inbox inbox;
  Shop shop(R"({"url": "amqp://alice:s3cret@127.0.0.1:)" + std::to_string(server.port()) + R"(/shop"})");
  const auto subscription = shop.subscribe("g", inbox).value();
  shop.publish("{}").value();
  EXPECT_EQ(inbox.wait_for(1).size(), 1u);
  EXPECT_TRUE(has(server.control({"list_connections", "user", "vhost"}), "alice\tshop"));
}

TEST(RabbitmqOptions, WhatIsWrongIsSaidInTime) {
  const RabbitmqServer server({.definitions = definitions});
  const support::RedisServer no_amqp;
  struct Wrong {
    std::string config;
    Errc code;
    std::string said;
  };
  const std::string of_alice = R"("username": "alice", "password": "s3cret")";
  for (const auto& [config, code, said] :
       {Wrong{at(server.port(), R"("username": "alice", "password": "wr0ng", "vhost": "shop")"), Errc::unauthenticated,
              "refused user name and password"},
        Wrong{at(server.port(), of_alice + R"(, "vhost": "nowhere")"), Errc::not_found, "no such virtual host"},
        Wrong{at(server.port(), of_alice), Errc::permission_denied, "does not let the user into the virtual host"},
        Wrong{at(server.port(), R"("username": "bob", "password": "b0b", "vhost": "shop")"), Errc::permission_denied,
              "does not permit this"},
        Wrong{at(no_amqp.port()), Errc::unavailable, "did not answer"},
        Wrong{at(server.port(), R"("tls": true)"), Errc::unavailable, "no TLS"}}) {
    Shop shop(config);
    Inbox inbox;
    const auto begin = std::chrono::steady_clock::now();
    const auto refused = shop.subscribe("g", inbox);
    ASSERT_FALSE(refused) << config;
    EXPECT_EQ(refused.error().code, code) << config << ": " << refused.error().message;
    EXPECT_TRUE(has(refused.error().message, said));
    EXPECT_FALSE(refused.error().hint.empty()) << config;
    for (const auto* secret : {"wr0ng", "s3cret", "b0b"})
      EXPECT_EQ((refused.error().message + refused.error().native).find(secret), std::string::npos);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s) << config;
  }
}

// What a client is told that trusts `authority`, of a server that shows this.
std::string verdict(const RabbitmqServer& server, const std::filesystem::path& authority) {
  Inbox inbox;
  Shop shop(
      at(server.tls_port(), R"("tls": true, "native": {}, "tls.ca": ")" + authority.string() + "\"", "localhost"));
  const auto subscription = shop.subscribe("g", inbox);
  return subscription ? "trusted"
                      : std::string(to_string(subscription.error().code)) + ": " + subscription.error().message;
}

TEST(RabbitmqTls, IsVerified) {
  const Certificates certificates;
  const RabbitmqServer server({.tls = support::ServerTls{certificates.server(), certificates.authority()}});
  EXPECT_EQ(verdict(server, certificates.authority()), "trusted");
  EXPECT_TRUE(has(verdict(server, certificates.other_authority()), "unauthenticated"));
  EXPECT_TRUE(has(verdict(server, certificates.other_authority()), "is not trusted"));
}

TEST(RabbitmqTls, AnotherHostsCertificate) {
  const Certificates certificates;
  const RabbitmqServer server({.tls = support::ServerTls{certificates.other_host(), certificates.authority()}});
  EXPECT_TRUE(has(verdict(server, certificates.authority()), "unauthenticated: the certificate of localhost"));
  EXPECT_TRUE(has(verdict(server, certificates.authority()), "is of another host"));
}

TEST(RabbitmqTls, AnExpiredCertificate) {
  const Certificates certificates;
  const RabbitmqServer server({.tls = support::ServerTls{certificates.expired(), certificates.authority()}});
  EXPECT_TRUE(has(verdict(server, certificates.authority()), "has expired"));
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq::test
