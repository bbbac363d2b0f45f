// SPDX-License-Identifier: Apache-2.0
// Each option at a server that shows its effect, and what is wrong by its own name.
#include "providers/nats/nats_test.h"

namespace ductape::inline v0::nats::test {
namespace {

using support::Certificates;
using support::NatsServer;
using support::ServerTls;

void expect_refused(const driver::Config& config, Errc code, const std::string& words = {}) {
  Broker broker(config);
  const auto begin = driver::Clock::now();
  const auto found = broker.probe();
  ASSERT_FALSE(found) << found->server << found->warning;
  EXPECT_EQ(found.error().code, code) << found.error().message << " / " << found.error().native;
  const auto all = found.error().message + found.error().native;
  EXPECT_NE(all.find(words), std::string::npos) << all;
  EXPECT_EQ(all.find("s3cret"), std::string::npos) << all;
  EXPECT_FALSE(found.error().hint.empty());
  EXPECT_LT(driver::Clock::now() - begin, 11s);
}

TEST(Options, UserAndPassword) {
  const NatsServer server({.user = "ann", .password = "s3cret"});
  const driver::Config right{{"servers", url(server.port())}, {"user", "ann"}, {"pass", "s3cret"}};
  const auto found = Broker(right).probe();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->survives, driver::Survives::process_crash);
  EXPECT_TRUE(found->warning.empty()) << found->warning;
  auto wrong = right;
  wrong["pass"] = "s3cretx";
  expect_refused(wrong, Errc::unauthenticated);
  expect_refused({{"servers", url(server.port())}}, Errc::unauthenticated);
}

TEST(Options, Token) {
  const NatsServer server({.token = "s3cret"});
  EXPECT_TRUE(Broker({{"servers", url(server.port())}, {"token", "s3cret"}}).probe());
  expect_refused({{"servers", url(server.port())}, {"token", "s3cretx"}}, Errc::unauthenticated);
}

TEST(Options, ACredentialsFileThatIsNotThere) {
  const NatsServer server;
  expect_refused({{"servers", url(server.port())}, {"credentialsFile", "/nowhere/user.creds"}}, Errc::invalid_argument,
                 "/nowhere/user.creds");
}

TEST(Options, TheNameIsTheServers) {
  const NatsServer server;
  Broker broker({{"servers", url(server.port())}, {"name", "billing-7"}});
  ASSERT_TRUE(broker.probe());
  EXPECT_NE(server.monitor("/connz").find("\"name\": \"billing-7\""), std::string::npos) << server.monitor("/connz");
}

TEST(Options, TheSecondServerWhereTheFirstIsNotThere) {
  const support::LoopbackPort nobody;
  const NatsServer server;
  Broker broker({{"servers", url(nobody.number()) + "," + url(server.port())}});
  EXPECT_TRUE(broker.probe());
}

TEST(Options, NobodyListens) {
  const support::LoopbackPort nobody;
  expect_refused({{"servers", "nats://ann:s3cret@127.0.0.1:" + nobody.text()}}, Errc::unavailable,
                 "127.0.0.1:" + nobody.text() + ": Connection refused");
  expect_refused({{"servers", "nats://nowhere.invalid:4222"}}, Errc::unavailable, "nowhere.invalid:4222: Name or");
  expect_refused({{"servers", "nats://nowhere.invalid,127.0.0.1:" + nobody.text()}}, Errc::unavailable,
                 "nowhere.invalid:4222: Name or service not known; 127.0.0.1:" + nobody.text());
}

TEST(Options, AFrozenServerAnswersNothingInTime) {
  NatsServer server;
  server.process().freeze();
  Broker broker({{"servers", url(server.port())}});
  const auto begin = driver::Clock::now();
  const auto found = broker.probe(1s);
  EXPECT_FALSE(found);
  EXPECT_LT(driver::Clock::now() - begin, 2s);
  server.process().thaw();
  EXPECT_TRUE(eventually([&] { return broker.probe().ok(); }));
}

TEST(Options, WithoutJetStreamNothingSurvives) {
  const NatsServer server({.jetstream = false});
  const auto found = Broker({{"servers", url(server.port())}}).probe();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->survives, driver::Survives::nothing);
  EXPECT_NE(found->warning.find("-js"), std::string::npos) << found->warning;
}

TEST(Options, StreamsInMemorySurviveNothing) {
  const NatsServer server;
  const auto found = Broker({{"servers", url(server.port())}, {"native.storage", "memory"}}).probe();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->survives, driver::Survives::nothing);
  EXPECT_NE(found->warning.find("storage"), std::string::npos) << found->warning;
}

TEST(Options, ARightThatIsMissing) {
  const NatsServer server({.configuration = R"(authorization { users = [
    {user: ann, password: pw, permissions: {publish: {deny: ["$JS.API.>"]}}}] })"});
  expect_refused({{"servers", url(server.port())}, {"user", "ann"}, {"pass", "pw"}}, Errc::permission_denied,
                 "$JS.API.INFO");
}

TEST(Options, WhatIsNotKnownToNativeIsRefused) {
  TestRuntime runtime;
  const auto opened = Provider().open({.config = {{"servers", "nats://x"}, {"native.colour", "red"}}}, runtime);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("native.colour"), std::string::npos);
}

TEST(Options, ReconnectingEndsAfterAsManyTries) {
  NatsServer server;
  Broker broker({{"servers", url(server.port())}, {"maxReconnectAttempts", "2"}, {"reconnectTimeWait", "300"}});
  struct Sink final : driver::PublishSink {
    void sent(std::span<const driver::Sent>) override {}
    void writable() override {}
    void ended(Error error) override {
      const std::lock_guard lock(mutex);
      why = std::move(error);
      over = true;
    }
    std::mutex mutex;
    Error why;
    std::atomic<bool> over = false;
  } sink;
  const auto publisher = broker->publisher(sink);
  ASSERT_TRUE(broker.probe());
  server.process().kill();
  const auto begin = driver::Clock::now();
  ASSERT_TRUE(eventually([&] { return sink.over.load(); }));
  const auto took = driver::Clock::now() - begin;
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 5s);
  EXPECT_EQ(sink.why.code, Errc::unavailable) << sink.why.message;
  EXPECT_NE(sink.why.hint.find("maxReconnectAttempts"), std::string::npos) << sink.why.hint;
  server.process().start();
  EXPECT_TRUE(broker.probe()) << "what is asked next connects anew";
}

TEST(Options, AServerThatTheClusterAnnouncesIsTriedWhenOursIsGone) {
  const support::LoopbackPort first_route, second_route;
  const auto cluster = [](const support::LoopbackPort& mine, const support::LoopbackPort& other) {
    return NatsServer({.jetstream = false,
                       .user = "ann",
                       .password = "pw",
                       .configuration = "cluster { name: c, listen: \"127.0.0.1:" + mine.text() +
                                        "\", routes: [\"nats-route://127.0.0.1:" + other.text() + "\"] }"});
  };
  auto first = cluster(first_route, second_route);
  const auto second = cluster(second_route, first_route);
  ASSERT_TRUE(
      eventually([&] { return first.monitor("/varz").find(url(second.port()).substr(7)) != std::string::npos; }));
  Broker broker({{"servers", "nats://ann:pw@127.0.0.1:" + std::to_string(first.port())}, {"mode", "core"}});
  ASSERT_TRUE(broker.probe());
  first.process().kill();
  EXPECT_TRUE(eventually([&] { return broker.probe(2s).ok(); }));
  EXPECT_NE(second.monitor("/connz").find("\"name\": \"ductape\""), std::string::npos);
}

class OverTls : public testing::Test {
 protected:
  static NatsServer with(const ServerTls& tls) { return NatsServer({.tls = tls}); }
  driver::Config config(const NatsServer& server) const {
    return {{"servers", url(server.port())}, {"tls", "true"}, {"tls.ca", certificates_.authority().string()}};
  }
  Certificates certificates_;
};

TEST_F(OverTls, AServerThatIsTrusted) {
  const auto server = with({certificates_.server(), certificates_.authority()});
  const auto found = Broker(config(server)).probe();
  EXPECT_TRUE(found) << found.error().message << found.error().native;
}

TEST_F(OverTls, AServerOfAnotherAuthority) {
  const auto server = with({certificates_.server(), certificates_.authority()});
  auto other = config(server);
  other["tls.ca"] = certificates_.other_authority().string();
  expect_refused(other, Errc::unauthenticated, "issuer");
}

TEST_F(OverTls, AServerOfAnotherName) {
  const auto server = with({certificates_.other_host(), certificates_.authority()});
  expect_refused(config(server), Errc::unauthenticated, "mismatch");
}

TEST_F(OverTls, AServerWhoseCertificateIsOver) {
  const auto server = with({certificates_.expired(), certificates_.authority()});
  expect_refused(config(server), Errc::unauthenticated, "expired");
}

TEST_F(OverTls, AServerThatAsksForTheClients) {
  const auto server = with({certificates_.server(), certificates_.authority(), true});
  auto with_own = config(server);
  with_own["tls.certificate"] = certificates_.client().certificate.string();
  with_own["tls.key"] = certificates_.client().key.string();
  const auto found = Broker(with_own).probe();
  EXPECT_TRUE(found) << found.error().message << found.error().native;
  Broker without(config(server));
  EXPECT_FALSE(without.probe());
}

TEST_F(OverTls, OneSideHasIt) {
  const NatsServer plain;
  expect_refused(config(plain), Errc::invalid_argument, "TLS");
  const auto server = with({certificates_.server(), certificates_.authority()});
  auto no_tls = config(server);
  no_tls.erase("tls");
  no_tls.erase("tls.ca");
  expect_refused(no_tls, Errc::unauthenticated, "");
  auto no_file = config(plain);
  no_file["tls.ca"] = "/nowhere/ca.pem";
  expect_refused(no_file, Errc::invalid_argument, "/nowhere/ca.pem");
}

}  // namespace
}  // namespace ductape::inline v0::nats::test
