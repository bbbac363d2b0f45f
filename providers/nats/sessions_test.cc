// SPDX-License-Identifier: Apache-2.0
// What sessions live through, and what they say of it, at a server that is killed, frozen or full.
#include <nats/nats.h>

#include "providers/nats/nats_test.h"
#include "tests/support/tcp_gate.h"

namespace ductape::inline v0::nats::test {
namespace {

using support::NatsServer;

class Sessions : public testing::Test {
 protected:
  void provision(Broker& broker, std::string_view from = "latest") {
    const driver::GroupSpec group{.name = "g", .from = from};
    const auto made = broker.wait<driver::Topology>(
        [&](auto done) { broker->provision(spec, std::span(&group, 1), true, std::move(done)); });
    ASSERT_TRUE(made) << made.error().message;
  }
  void send(driver::Publisher& publisher, const driver::Address& to, const std::string& id, const std::string& body) {
    const driver::Record record{.tag = ++last_, .to = &to, .id = id, .body = std::as_bytes(std::span(body))};
    // It takes nothing while it tells of what was refused.
    ASSERT_TRUE(eventually([&] { return publisher.submit(std::span(&record, 1)) == 1; }));
  }
  void remove_stream(const std::string& name) {
    natsConnection* connection = nullptr;
    natsMsg* answer = nullptr;
    ASSERT_EQ(natsConnection_ConnectTo(&connection, url(server_.port()).c_str()), NATS_OK);
    ASSERT_EQ(natsConnection_RequestString(&answer, connection, ("$JS.API.STREAM.DELETE." + name).c_str(), "", 5'000),
              NATS_OK);
    EXPECT_NE(std::string_view(natsMsg_GetData(answer)).find(R"("success":true)"), std::string_view::npos);
    natsMsg_Destroy(answer);
    natsConnection_Destroy(connection);
  }
  NatsServer server_;
  const driver::Config config_{{"servers", url(server_.port())}, {"reconnectTimeWait", "100"}};
  const driver::GroupSpec group_{.name = "g", .member = "m"};
  driver::Tag last_ = 0;
};

TEST_F(Sessions, LiveThroughAServersDeath) {
  Broker broker(config_);
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  Told told;
  const auto publisher = broker->publisher(told);
  const auto consumer = broker->consumer(to, group_, 30s, told);
  consumer->credit(10, 1 << 20);
  const std::string body = "body";
  send(*publisher, to, "before", body);
  ASSERT_TRUE(eventually([&] { return told.got().size() == 1; }));
  server_.process().kill();
  server_.process().start();
  // The ack of what was handed out before belongs to the message, not to the connection.
  consumer->settle(std::vector{driver::Settle{.tag = told.got()[0].tag}});
  ASSERT_TRUE(eventually([&] { return told.settled_ + told.unsettled_ == 1; }));
  ASSERT_TRUE(eventually([&] {
    if (told.sent_ < 2 && told.sent_ + told.refused_ == static_cast<int>(last_)) send(*publisher, to, "after", body);
    return told.sent_ == 2;
  }));
  ASSERT_TRUE(eventually([&] { return told.got().back().id == "after"; }));
  EXPECT_FALSE(told.ended_);
  consumer->stop(driver::Clock::now());
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, WhatASilentServerWasNotSentIsTakenBack) {
  support::TcpGate gate(server_.port());
  gate.stall();
  Broker broker({{"servers", url(gate.port())}});
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  Told told;
  const auto publisher = broker->publisher(told);
  const std::string body = "body";
  for (int i = 0; i < 3; ++i) send(*publisher, to, "m", body);
  ASSERT_TRUE(eventually([&] { return gate.accepted() > 0; }));
  EXPECT_EQ(publisher->recall(std::vector<driver::Tag>{1, 3, 99}).size(), 2u);
  EXPECT_TRUE(publisher->recall(std::vector<driver::Tag>{1, 3}).empty()) << "they are the caller's already";
  gate.resume();
  ASSERT_TRUE(eventually([&] {
    if (told.sent_ + told.refused_ == static_cast<int>(last_) - 2) send(*publisher, to, "m", body);
    return told.sent_ > 0;
  })) << told.last_refusal().message;
  EXPECT_TRUE(publisher->recall(std::vector<driver::Tag>{2}).empty()) << "it has been sent";
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, AConnectionIsLetGoOfWhileASilentServerIsDialled) {
  support::TcpGate gate(server_.port());
  gate.stall();
  const auto begin = driver::Clock::now();
  {
    Broker broker({{"servers", url(gate.port())}});
    Told told;
    const auto publisher = broker->publisher(told);
    const std::string body = "body";
    const auto to = broker->address(spec, driver::Role::main, {}).value();
    send(*publisher, to, "m", body);
    ASSERT_TRUE(eventually([&] { return gate.accepted() > 0; }));
    EXPECT_EQ(publisher->recall(std::vector<driver::Tag>{1}).size(), 1u);
    publisher->stop(driver::Clock::now() + 30s);
    ASSERT_TRUE(eventually([&] { return told.ended_.load(); }));
  }
  EXPECT_LT(driver::Clock::now() - begin, 1s);
}

TEST_F(Sessions, AMessageOverTheServersLimitIsNotSentAndTheErrorSaysWhatIsWhat) {
  const NatsServer small({.configuration = "max_payload: 65536\n"});
  Broker broker({{"servers", url(small.port())}});
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  Told told;
  const auto publisher = broker->publisher(told);
  const std::string fits(60'000, 'x'), over(62'000, 'x'), far_over(1'000'000, 'x');
  for (const auto* body : {&fits, &over, &far_over, &fits}) send(*publisher, to, "m" + std::to_string(last_), *body);
  ASSERT_TRUE(eventually([&] { return told.sent_ == 2 && told.refused_ == 2; })) << told.sent_ << told.refused_;
  const auto error = told.last_refusal();
  EXPECT_EQ(error.code, Errc::message_too_large);
  for (const char* part : {"1000", "61440", "65536", "max_payload"})
    EXPECT_NE((error.message + error.hint).find(part), std::string::npos) << part << ": " << error.message;
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, WhatIsRefusedIsNotToldFromInsideTheCall) {
  struct Sink final : driver::PublishSink {
    void sent(std::span<const driver::Sent> outcomes) override {
      inside = inside || std::this_thread::get_id() == caller;
      told += static_cast<int>(outcomes.size());
    }
    void writable() override {}
    void ended(Error) override { over = true; }
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<bool> inside = false, over = false;
    std::atomic<int> told = 0;
  } sink;
  const NatsServer small({.configuration = "max_payload: 65536\n"});
  Broker broker({{"servers", url(small.port())}});
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  const auto publisher = broker->publisher(sink);
  const std::string fits(100, 'x'), over(100'000, 'x');
  for (const auto* body : {&fits, &over, &over}) {
    send(*publisher, to, "m" + std::to_string(last_), *body);
    ASSERT_TRUE(eventually([&] { return sink.told == static_cast<int>(last_); }));
  }
  EXPECT_FALSE(sink.inside);
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return sink.over.load(); }));
}

TEST_F(Sessions, AFrozenServerIsSilentAndComesBack) {
  Broker broker(config_);
  provision(broker);
  Told told;
  const auto consumer = broker->consumer(broker->address(spec, driver::Role::main, {}).value(), group_, 30s, told);
  consumer->credit(10, 1 << 20);
  ASSERT_TRUE(eventually([&] { return told.alive_.load(); }));
  server_.process().freeze();
  // Longer than the library waits for its pings.
  ASSERT_TRUE(eventually([&] { return driver::Clock::now() - told.alive_at_.load() > 9s; }));
  server_.process().thaw();
  const auto thawed = driver::Clock::now();
  ASSERT_TRUE(eventually([&] { return told.alive_at_.load() > thawed; }));
  EXPECT_LT(driver::Clock::now() - thawed, 10s);
  EXPECT_FALSE(told.ended_);
  consumer->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, OfAnOrderedGroupEndWhereTheBucketOfItsOwnersIsGoneAndMayNotBeMade) {
  Broker broker(config_);
  provision(broker);
  remove_stream("KV_shop--dev--orders");
  auto ordered = spec;
  ordered.ordered = true;
  ordered.may_make = false;
  Told told;
  const auto consumer = broker->consumer(broker->address(ordered, driver::Role::main, {}).value(), group_, 30s, told);
  consumer->credit(10, 1 << 20);
  ASSERT_TRUE(eventually([&] { return told.ended_.load(); }));
  EXPECT_EQ(told.why().code, Errc::not_found);
  EXPECT_NE(told.why().message.find("bucket"), std::string::npos) << told.why().message;
}

TEST_F(Sessions, AnIdleOneIsHeardOfWithoutCredit) {
  Broker broker(config_);
  provision(broker);
  Told told;
  const auto consumer = broker->consumer(broker->address(spec, driver::Role::main, {}).value(), group_, 30s, told);
  ASSERT_TRUE(eventually([&] { return told.alive_.load(); }));
  for (int i = 0; i < 3; ++i) {
    const auto last = driver::Clock::now();
    ASSERT_TRUE(eventually([&] { return told.alive_at_.load() > last; }));
    EXPECT_LT(driver::Clock::now() - last, 2s);
  }
  consumer->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, ALateOutcomeIsLost) {
  Broker broker(config_);
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  Told told;
  const auto publisher = broker->publisher(told);
  const auto consumer = broker->consumer(to, group_, 500ms, told);
  consumer->credit(10, 1 << 20);
  const std::string body = "body";
  send(*publisher, to, "m", body);
  ASSERT_TRUE(eventually([&] { return told.lost_ == 1; }));
  const auto first = told.got()[0].tag;
  consumer->settle(std::vector{driver::Settle{.tag = first}});
  EXPECT_TRUE(eventually([&] { return told.settled_lost_ == 1; }));
  ASSERT_TRUE(eventually([&] { return told.got().size() >= 2; }));
  EXPECT_NE(told.got()[1].tag, first);
  consumer->stop(driver::Clock::now());
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_.load(); }));
}

TEST_F(Sessions, WhatTheServersLimitsRemovedIsAGap) {
  auto config = config_;
  config["native.maxBytes"] = "64KiB";
  Broker broker(config);
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  Told published, told;
  const auto publisher = broker->publisher(published);
  const std::string body(4'000, 'x');
  for (int i = 0; i < 50; ++i) send(*publisher, to, "m-" + std::to_string(i), body);
  ASSERT_TRUE(eventually([&] { return published.sent_ == 50; }));
  const auto consumer = broker->consumer(to, group_, 30s, told);
  consumer->credit(100, 1 << 20);
  ASSERT_TRUE(eventually([&] { return !told.got().empty() && told.got().back().id == "m-49"; }));
  ASSERT_TRUE(eventually([&] { return told.gap_ > 0; }));
  EXPECT_EQ(static_cast<std::size_t>(told.gap_) + told.got().size(), 50u);
  consumer->stop(driver::Clock::now());
  publisher->stop(driver::Clock::now());
  EXPECT_TRUE(eventually([&] { return told.ended_ && published.ended_; }));
}

TEST_F(Sessions, WhatOthersMadeIsReportedAndLeft) {
  Broker first(config_);
  provision(first);
  auto config = config_;
  config["native.maxAge"] = "1h";
  Broker second(config);
  const driver::GroupSpec groups[] = {{.name = "g"}, {.name = "absent"}};
  const auto found =
      second.wait<driver::Topology>([&](auto done) { second->provision(spec, groups, false, std::move(done)); });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->created.empty());
  EXPECT_EQ(found->differs, std::vector<std::string>{"shop--dev--orders--new"});
  EXPECT_EQ(found->missing.size(), 2u);
  EXPECT_NE(server_.monitor("/jsz?streams=true&config=true").find("\"max_age\": 0"), std::string::npos);
}

TEST_F(Sessions, AGroupIsNotForgottenUnderItsMembers) {
  Broker broker(config_), other(config_);
  provision(broker);
  const auto to = broker->address(spec, driver::Role::main, {}).value();
  const auto forget = [&] { return other.wait<void>([&](auto done) { other->forget(to, "g", std::move(done)); }); };
  {
    Told told;
    const auto consumer = broker->consumer(to, group_, 30s, told);
    ASSERT_TRUE(eventually([&] { return told.alive_.load(); }));
    const auto refused = forget();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    consumer->stop(driver::Clock::now() + 5s);
    ASSERT_TRUE(eventually([&] { return told.ended_.load(); }));
  }
  const auto gone = forget();
  EXPECT_TRUE(gone) << gone.error().message;
  EXPECT_NE(server_.monitor("/jsz").find("\"consumers\": 0"), std::string::npos) << server_.monitor("/jsz");
  EXPECT_TRUE(forget()) << "there is none any more";
}

}  // namespace
}  // namespace ductape::inline v0::nats::test
