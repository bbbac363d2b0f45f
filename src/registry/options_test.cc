// SPDX-License-Identifier: Apache-2.0
// What the documents configure brokers with is accepted in every build, whether the driver is in it or not.
#include <gtest/gtest.h>

#include <ductape/registry.hpp>

namespace ductape::inline v0 {
namespace {

struct Options : testing::TestWithParam<std::pair<const char*, const char*>> {
  Result<Broker> create(const std::string& type, const std::string& config) {
    auto registry = Registry::open("memory:").value();
    registry.create(Product{.tag = "shop"}).value();
    auto broker = Broker::parse(R"({"tag": "orders", "envs": [{"slug": "prd", "type": ")" + type + R"(", "config": )" +
                                config + "}]}");
    if (!broker) return broker;
    broker->product = "shop";
    return registry.create(*broker);
  }
};

TEST_P(Options, EveryDocumentedFieldIsAccepted) {
  const auto [type, config] = GetParam();
  const auto made = create(type, config);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->envs[0].type, type);
}

TEST_P(Options, AnUnknownOneIsRefusedWithTheNearest) {
  auto [type, config] = GetParam();
  const auto made = create(type, R"({"nativ": {"a": 1}, )" + std::string(config).substr(1));
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("unknown key \"nativ.a\""), std::string::npos) << made.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Documents, Options,
    testing::Values(
        std::pair("KAFKA",
                  R"({"brokers": ["a:9092", "b:9092"], "clientId": "c", "groupId": "g", "topic": "t", "ssl": true,
                   "sasl": {"mechanism": "scram-sha-512", "username": "u", "password": "${PW}"}})"),
        std::pair("KAFKA", R"({"brokers": "a:9092,b:9092", "client_id": "c", "native": {"debug": "all"}})"),
        std::pair("RABBITMQ", R"({"host": "h", "port": 5672, "username": "u", "password": "${PW}", "queue": "q",
                   "routingKey": "r", "exchange": "e"})"),
        std::pair("RABBITMQ", R"({"url": "${URL}", "exchange": "e"})"),
        std::pair("REDIS", R"({"host": "h", "port": 6380, "password": "${PW}", "channel": "c"})"),
        std::pair("REDIS", R"({"url": "rediss://me:${PW}@h:6380/2", "channel": "c"})"),
        std::pair("REDIS", R"({"host": "h", "username": "u", "db": 3, "tls": true, "mode": "pubsub"})"),
        std::pair("AWS_SQS", R"({"region": "us-east-1", "accessKeyId": "a", "secretAccessKey": "${KEY}",
                   "sessionToken": "${TOKEN}", "queueUrl": "u", "endpoint": "e", "queueName": "n"})"),
        std::pair("AWS_SQS", R"({"cloud": "aws", "queueName": "n", "region": "us-east-1"})"),
        std::pair("GOOGLE_PUBSUB", R"({"cloud": "gcp", "topicName": "t", "region": "europe-west1"})"),
        std::pair("GOOGLE_PUBSUB",
                  R"({"projectId": "p", "topicName": "t", "subscriptionName": "s", "keyFilename": "k"})"),
        std::pair("GOOGLE_PUBSUB", R"({"projectId": "p", "endpoint": "e", "credentials": {"type": "service_account",
                   "project_id": "p", "private_key": "${KEY}", "private_key_id": "i", "client_email": "e",
                   "client_id": "1", "auth_uri": "a", "token_uri": "t", "auth_provider_x509_cert_url": "x",
                   "client_x509_cert_url": "y", "universe_domain": "googleapis.com"}})"),
        std::pair("NATS", R"({"servers": ["n:4222"], "user": "u", "pass": "${PW}", "token": "${TOKEN}", "name": "n",
                   "maxReconnectAttempts": -1, "reconnectTimeWait": 2000, "tls": true})"),
        std::pair("NATS", R"({"servers": "n:4222", "credentialsFile": "f", "stream": "s", "mode": "core"})")));

TEST_F(Options, AWrongTypeAndAMissingOneAreNamed) {
  const auto said = [&](const char* type, const char* config) { return create(type, config).error().message; };
  EXPECT_EQ(said("REDIS", R"({"host": "h", "port": "many"})"),
            "/envs/0/config/port: expected a whole number from 1 to 65535, found \"many\"");
  EXPECT_EQ(said("KAFKA", R"({"brokers": "a", "sasl": {"mechanism": "gssapi"}})"),
            "/envs/0/config/sasl.mechanism: expected one of plain, scram-sha-256, scram-sha-512, found \"gssapi\"");
  EXPECT_EQ(said("NATS", R"({"servers": 5})"),
            "/envs/0/config/servers: expected a list of texts, found a whole number");
  EXPECT_EQ(said("NATS", R"({"servers": "a", "stream": "a b"})"),
            "/envs/0/config/stream: expected a text, up to 200 bytes, of printable ASCII without spaces, "
            "without . * > / \\, found \"a b\"");
  EXPECT_EQ(said("REDIS", R"({"host": ["a"]})"), "/envs/0/config/host: expected a text, found an array");
  EXPECT_EQ(said("REDIS", R"({"host": "a", "port": 0})"),
            "/envs/0/config/port: expected a whole number from 1 to 65535, found \"0\"");
  EXPECT_EQ(said("KAFKA", "{}"), "/envs/0/config: the key \"brokers\" is missing");
  EXPECT_EQ(said("NATS", R"({"servers": "a", "reconnectTimeWait": "soon"})").substr(0, 60),
            "/envs/0/config/reconnectTimeWait: expected a duration such a");
}

}  // namespace
}  // namespace ductape::inline v0
