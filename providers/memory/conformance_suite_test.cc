// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include <ductape/testing/broker.hpp>
#include <ductape/testing/conformance.hpp>

#include "providers/memory/modest_test.h"

// Whether the suite sees what it is for: brokers that break a promise, and providers that declare less.
namespace ductape::inline v0::testing {
namespace {

class BrokenHarness final : public Harness {
 public:
  explicit BrokenHarness(const std::function<void(Broker&)>& break_it) { break_it(broker_); }
  [[nodiscard]] const driver::Provider& provider() const override { return broker_.provider(); }
  [[nodiscard]] std::string type() const override { return "LOCAL"; }
  Client client(ClientOptions options) override { return broker_.client(std::move(options)); }
  void pass(std::chrono::milliseconds by) override { broker_.advance(by); }
  [[nodiscard]] std::chrono::milliseconds now() const override { return broker_.now(); }

 private:
  Broker broker_;
};

/// What a test says of a broker's faults, else what they are.
struct Faults final : ServerFaults {
  using Action = std::function<void(Broker&)>;
  explicit Faults(Broker& of) : broker(of) {}
  [[nodiscard]] driver::Survives survives() const override { return driver::Survives::process_crash; }
  void stop() override { on_stop(broker); }
  void kill() override { on_stop(broker); }
  void start() override { on_start(broker); }
  void freeze() override { on_freeze(broker); }
  void thaw() override { on_thaw(broker); }
  void cut() override { broker.cut(); }
  void stall() override { on_freeze(broker); }
  void resume() override { on_thaw(broker); }
  void half_open() override { on_half_open(broker); }
  [[nodiscard]] std::uint64_t connections() const override { return broker.sessions(); }

  Broker& broker;
  Action on_stop = [](Broker& it) { it.take_down(true); };
  Action on_start = [](Broker& it) { it.take_down(false); };
  Action on_freeze = [](Broker& it) { it.freeze(true); };
  Action on_thaw = [](Broker& it) { it.freeze(false); };
  Action on_half_open = [](Broker& it) { it.forget_sessions(); };
};

/// A sound broker whose server takes faults in a way that it should not.
class FragileHarness final : public Harness {
 public:
  using Break = std::function<void(FragileHarness&)>;
  explicit FragileHarness(const Break& break_it) { break_it(*this); }
  [[nodiscard]] const driver::Provider& provider() const override { return broker.provider(); }
  [[nodiscard]] std::string type() const override { return "LOCAL"; }
  Client client(ClientOptions options) override {
    product = options.product;
    return broker.client(std::move(options));
  }
  void pass(std::chrono::milliseconds by) override {
    broker.advance(by);
    if (on_pass) on_pass(broker);
  }
  [[nodiscard]] std::chrono::milliseconds now() const override { return broker.now(); }
  [[nodiscard]] ServerFaults* faults() override { return &server; }

  Broker broker;
  Faults server{broker};
  Faults::Action on_pass = {};
  std::string product;
};

struct Run {
  int code = 0;
  std::string output;
};

Run run(const MakeHarness& make, std::vector<std::string> arguments) {
  std::vector<char*> argv{const_cast<char*>("suite")};
  for (auto& argument : arguments) argv.push_back(argument.data());
  ::testing::internal::CaptureStdout();
  const int code = run_conformance(static_cast<int>(argv.size()), argv.data(), make);
  return {code, ::testing::internal::GetCapturedStdout()};
}

Run run_broken(const std::string& filter, std::function<void(Broker&)> break_it) {
  return run([break_it](const std::string&) { return std::make_unique<BrokenHarness>(break_it); },
             {"--filter", filter});
}

Run run_modest(const std::string& filter, std::function<void(driver::Capabilities&)> lessen) {
  return run([lessen](const std::string&) { return std::make_unique<ModestHarness>(lessen); }, {"--filter", filter});
}

TEST(Suite, PassesASoundBroker) {
  const auto sound = run_broken("Basic: round trip", [](Broker&) {});
  EXPECT_EQ(sound.code, 0) << sound.output;
  EXPECT_NE(sound.output.find("\nmemory: 1 run, 0 declared gaps\n"), std::string::npos) << sound.output;
}

TEST(Suite, SeesADuplicate) {
  const auto seen = run_broken("Basic: round trip", [](Broker& broker) { broker.duplicate_deliveries(1); });
  EXPECT_EQ(seen.code, 1);
  EXPECT_NE(seen.output.find("FAIL  Basic: round trip"), std::string::npos);
  EXPECT_NE(seen.output.find("deliveries of one message: expected 1, saw 2 (basic.cc:"), std::string::npos)
      << seen.output;
}

TEST(Suite, SeesALoss) {
  const auto seen =
      run_broken("two groups get all", [](Broker& broker) { broker.delay_deliveries(std::chrono::hours(24)); });
  EXPECT_EQ(seen.code, 1);
  EXPECT_NE(seen.output.find("for 100 deliveries; saw 0"), std::string::npos) << seen.output;
}

TEST(Suite, SeesARefusedPublish) {
  const auto seen =
      run_broken("Basic: binary body", [](Broker& broker) { broker.refuse_publishes(1, Errc::permission_denied); });
  EXPECT_EQ(seen.code, 1);
  EXPECT_NE(seen.output.find("PERMISSION_DENIED"), std::string::npos) << seen.output;
}

struct Fragile {
  const char* name;
  FragileHarness::Break break_it;
  const char* filter;
  const char* seen;
};

void PrintTo(const Fragile& one, std::ostream* out) { *out << one.name; }

class FragileServer : public ::testing::TestWithParam<Fragile> {};

TEST_P(FragileServer, IsSeen) {
  const auto& [name, break_it, filter, expected] = GetParam();
  const auto seen =
      run([&](const std::string&) { return std::make_unique<FragileHarness>(break_it); }, {"--filter", filter});
  EXPECT_EQ(seen.code, 1);
  EXPECT_NE(seen.output.find(expected), std::string::npos) << seen.output;
}

const Faults::Action nothing = [](Broker&) {};

INSTANTIATE_TEST_SUITE_P(
    Suite, FragileServer,
    ::testing::Values(Fragile{"ForgetsWhatItAccepted",
                              [](FragileHarness& it) {
                                it.broker.delay_deliveries(std::chrono::milliseconds(300));
                                it.server.on_stop = [&it](Broker& broker) {
                                  broker.overtake(it.product, "dev", "traffic:any", 10'000);
                                  broker.take_down(true);
                                };
                              },
                              "server killed", "confirmed and not handled: [m-"},
                      Fragile{"ForgetsKeyedMessages",
                              [](FragileHarness& it) {
                                it.broker.delay_deliveries(std::chrono::milliseconds(300));
                                it.server.on_half_open = [&it](Broker& broker) {
                                  broker.overtake(it.product, "dev", "traffic:ordered", 10'000);
                                };
                              },
                              "half-open", "confirmed and not handled: [m-"},
                      Fragile{"DoesNotStop", [](FragileHarness& it) { it.server.on_stop = nothing; }, "server stopped",
                              "the fault hit nothing"},
                      Fragile{"DoesNotStall", [](FragileHarness& it) { it.server.on_freeze = nothing; }, "stalled",
                              "the fault hit nothing"},
                      Fragile{"DoesNotComeBack", [](FragileHarness& it) { it.server.on_start = nothing; },
                              "server stopped", "for messages that were published after the server had started"},
                      Fragile{"TakesNoConnectionAfterAHalfOpenOne",
                              [](FragileHarness& it) {
                                it.server.on_half_open = [](Broker& broker) { broker.take_down(true); };
                              },
                              "half-open", "for messages that were published after the connections were forgotten"},
                      Fragile{"RefusesAfterACut",
                              [](FragileHarness& it) {
                                it.server.on_half_open = [](Broker& broker) {
                                  broker.refuse_publishes(1, Errc::permission_denied);
                                };
                              },
                              "half-open", "PERMISSION_DENIED"},
                      Fragile{"IsCutByBackPressure",
                              [](FragileHarness& it) {
                                it.on_pass = [&it](Broker& broker) {
                                  if (it.now() > std::chrono::seconds(5)) broker.cut();
                                };
                              },
                              "back-pressure", "connections: back-pressure must not cost one"},
                      Fragile{"HealthStaysGreen", [](FragileHarness& it) { it.server.on_freeze = nothing; },
                              "server for 15 s", "for health to be red"},
                      Fragile{"HealthStaysRed", [](FragileHarness& it) { it.server.on_start = nothing; }, "red while",
                              "for health to be as before"},
                      Fragile{"AnswersBeforeItStarts", [](FragileHarness& it) { it.server.on_stop = nothing; },
                              "down at the start", "for health to be red"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Suite, WhatIsDeclaredAwayMustBeRefused) {
  for (const auto* name :
       {"Groups: broadcast", "Groups: exclusive: another takes over on close", "Groups: a late group from a time"}) {
    const auto gap =
        run_modest(name, [](driver::Capabilities& can) { can.broadcast = can.exclusive = can.replay = false; });
    EXPECT_EQ(gap.code, 0) << gap.output;
    EXPECT_NE(gap.output.find("and refuses it"), std::string::npos) << gap.output;
    EXPECT_NE(gap.output.find("\nmodest: 0 run, 1 declared gaps\n"), std::string::npos) << gap.output;
  }
}

TEST(Suite, ACapabilityThatIsDeclaredAwayAndThereIsAFailure) {
  const auto lie = run_modest("the same id twice", [](driver::Capabilities& can) { can.dedup = false; });
  EXPECT_EQ(lie.code, 1);
  EXPECT_NE(lie.output.find("deduplicated where the provider declares no deduplication"), std::string::npos)
      << lie.output;
}

// Where the provider keeps no delay, failed messages wait in memory, and on an ordered topic their keys with them.
TEST(Suite, HoldsWhereTheProviderKeepsNoDelay) {
  for (const auto* group : {"Settle:", "Retry scope:", "Order:", "Flow: parked_full", "Shutdown:", "Lease:"}) {
    const auto held =
        run_modest(group, [](driver::Capabilities& can) { can.retry_delay_max = std::chrono::milliseconds(0); });
    EXPECT_EQ(held.code, 0) << held.output;
    EXPECT_EQ(held.output.find("0 run"), std::string::npos) << held.output;
  }
}

TEST(Suite, NamesItsCases) {
  const auto listed = run([](const std::string&) -> std::unique_ptr<Harness> { return nullptr; }, {"--list"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_GT(std::count(listed.output.begin(), listed.output.end(), '\n'), 60);
  EXPECT_EQ(run({}, {"--what"}).code, 2);
}

}  // namespace
}  // namespace ductape::inline v0::testing
