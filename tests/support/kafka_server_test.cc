// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kafka_server.h"

#include <gtest/gtest.h>

#include "tests/support/tcp_gate.h"

namespace ductape::inline v0::support {
namespace {

testing::AssertionResult has(const std::string& text, const std::string& part) {
  return (text.find(part) == std::string::npos ? testing::AssertionFailure() : testing::AssertionSuccess())
         << "`" << part << "` in:\n"
         << text;
}

std::string at(std::uint16_t port) { return "-b 127.0.0.1:" + std::to_string(port) + " "; }
/// How kcat reads a topic from its beginning to its end.
constexpr const char* all_of_orders = "-C -t orders -o beginning -e -q";

TEST(KafkaServer, KeepsItsMessages) {
  KafkaServer server;
  auto& process = server.process();
  const auto port = server.port();
  EXPECT_EQ(server.kcat("-P -t orders", "first\n"), "");
  process.kill();
  EXPECT_TRUE(has(server.kcat("-L -m 1"), "Connection refused"));
  process.start();
  EXPECT_EQ(server.port(), port);
  EXPECT_EQ(server.kcat(at(port) + all_of_orders), "first\n");
  EXPECT_EQ(server.kcat("-P -t orders", "second\n"), "");
  process.stop();
  EXPECT_FALSE(process.running());
  process.start();
  EXPECT_EQ(server.kcat(at(port) + all_of_orders), "first\nsecond\n");
}

TEST(KafkaServer, StandsStillAndGoesOn) {
  KafkaServer server;
  EXPECT_EQ(server.kcat("-P -t orders", "first\n"), "");
  server.process().freeze();
  EXPECT_FALSE(has(server.kcat("-L -m 1"), "broker 1 at"));
  server.process().thaw();
  EXPECT_EQ(server.kcat(all_of_orders), "first\n");
}

TEST(KafkaServer, SendsItsClientsWhereItIsTold) {
  const LoopbackPort port;
  const TcpGate gate(port.number());
  const KafkaServer server({.port = port.number(), .advertised_port = gate.port()});
  EXPECT_TRUE(has(server.kcat(at(port.number()) + "-L"), "127.0.0.1:" + std::to_string(gate.port())));
  EXPECT_EQ(server.kcat(at(gate.port()) + "-P -t orders", "first\n"), "");
  EXPECT_GE(gate.accepted(), 1u);
  EXPECT_EQ(server.kcat(all_of_orders), "first\n");
}

// What a client says that logs in, each time over TLS.
class KafkaLogins : public testing::Test {
 protected:
  static constexpr const char* mechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};

  std::string logged_in(const KafkaServer& server, const std::string& mechanism, const std::string& name,
                        const std::string& password, const std::string& arguments) {
    return server.kcat(at(server.sasl_ssl_port()) + "-X security.protocol=sasl_ssl -X ssl.ca.location=" +
                           certificates_.authority().string() + " -X sasl.mechanism=" + mechanism +
                           " -X sasl.username=" + name + " -X sasl.password=" + password + " " + arguments,
                       "first\n");
  }
  [[nodiscard]] KafkaServerOptions options() const {
    return {.tls = ServerTls{certificates_.server(), certificates_.authority()},
            .users = {{"alice", "alice-secret"}, {.name = "bob", .password = "bob-secret", .allowed = false}}};
  }

  const Certificates certificates_;
};

TEST_F(KafkaLogins, OfEachMechanism) {
  const KafkaServer server(options());
  for (const auto* mechanism : mechanisms) {
    EXPECT_TRUE(has(logged_in(server, mechanism, "alice", "alice-secret", "-L"), "broker 1 at")) << mechanism;
    EXPECT_TRUE(has(logged_in(server, mechanism, "alice", "wrong", "-L -m 2"), "uthentication failed")) << mechanism;
  }
  EXPECT_TRUE(has(logged_in(server, "PLAIN", "bob", "bob-secret", "-P -t orders"), "Topic authorization failed"));
  EXPECT_EQ(logged_in(server, "PLAIN", "alice", "alice-secret", "-P -t orders"), "");
  EXPECT_TRUE(
      has(server.kcat(at(server.sasl_port()) + "-X security.protocol=sasl_plaintext -X sasl.mechanism=SCRAM-SHA-256 "
                                               "-X sasl.username=alice -X sasl.password=alice-secret -L"),
          "broker 1 at"));
}

// The kcat of Debian 12 has a librdkafka whose SCRAM this version refuses.
TEST_F(KafkaLogins, OfVersion4) {
  auto newer = options();
  newer.version = "4.3.0";
  const KafkaServer server(newer);
  EXPECT_EQ(logged_in(server, "PLAIN", "alice", "alice-secret", "-P -t orders"), "");
  EXPECT_EQ(server.kcat(all_of_orders), "first\n");
  EXPECT_TRUE(has(logged_in(server, "SCRAM-SHA-256", "alice", "alice-secret", "-L -m 2"), "invalid credentials"));
}

TEST(KafkaServer, ShowsItsCertificates) {
  const Certificates certificates;
  const KafkaServer server({.tls = ServerTls{certificates.server(), certificates.authority()},
                            .also_shown = {certificates.other_host(), certificates.expired()}});
  const auto said = [&](std::size_t which, const std::filesystem::path& trusted) {
    return server.kcat(at(server.ssl_port(which)) +
                       "-L -m 2 -X security.protocol=ssl -X ssl.ca.location=" + trusted.string());
  };
  EXPECT_TRUE(has(said(0, certificates.authority()), "broker 1 at"));
  EXPECT_TRUE(has(said(0, certificates.other_authority()), "certificate verify failed"));
  EXPECT_TRUE(has(said(1, certificates.authority()), "certificate verify failed"));
  EXPECT_TRUE(has(said(2, certificates.authority()), "certificate verify failed"));
}

TEST(KafkaServer, AsksForTheClientsCertificate) {
  const Certificates certificates;
  const KafkaServer server({.tls = ServerTls{certificates.server(), certificates.authority(), true}});
  const auto arguments = at(server.ssl_port()) +
                         "-L -m 2 -X security.protocol=ssl -X ssl.ca.location=" + certificates.authority().string();
  EXPECT_FALSE(has(server.kcat(arguments), "broker 1 at"));
  EXPECT_TRUE(has(server.kcat(arguments + " -X ssl.certificate.location=" + certificates.client().certificate.string() +
                              " -X ssl.key.location=" + certificates.client().key.string()),
                  "broker 1 at"));
}

TEST(KafkaServer, NamesWhatFetchesIt) {
  try {
    const KafkaServer server({.version = "0.0.0"});
    FAIL() << "it started";
  } catch (const std::runtime_error& failure) {
    EXPECT_TRUE(has(failure.what(), "tools/kafka-server"));
  }
}

}  // namespace
}  // namespace ductape::inline v0::support
