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
