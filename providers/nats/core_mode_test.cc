// SPDX-License-Identifier: Apache-2.0
// `mode: core`, at a server without JetStream.
#include "providers/nats/nats_test.h"

namespace ductape::inline v0::nats::test {
namespace {

using support::NatsServer;

class Core : public testing::Test {
 protected:
  driver::Record record(const driver::Tag& tag, const std::string& id) {
    return {.tag = tag, .to = &address_, .id = id, .body = std::as_bytes(std::span(id))};
  }
  const NatsServer server_{{.jetstream = false}};
  Broker broker_{{{"servers", url(server_.port())}, {"mode", "core"}}};
  const driver::Address address_ = broker_->address(spec, driver::Role::main, {}).value();
};

TEST_F(Core, SaysThatItKeepsNothing) {
  EXPECT_FALSE(broker_->keeps_messages());
  const auto found = broker_.probe();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->survives, driver::Survives::nothing);
  EXPECT_NE(found->warning.find("mode: core"), std::string::npos);
}

TEST_F(Core, EachWhoListensGetsWhatIsPublishedMeanwhile) {
  Told first, second, published;
  const auto publisher = broker_->publisher(published);
  const std::string before = "before";
  ASSERT_EQ(publisher->submit(std::vector{record(1, before)}), 1u);
  ASSERT_TRUE(eventually([&] { return published.sent_ == 1; }));
  const driver::GroupSpec group{.name = "b", .mode = driver::GroupSpec::broadcast};
  const auto one = broker_->consumer(address_, group, 30s, first),
             two = broker_->consumer(address_, group, 30s, second);
  one->credit(10, 1 << 20);
  two->credit(10, 1 << 20);
  ASSERT_TRUE(eventually([&] { return first.alive_ && second.alive_; }));
  const std::string id = "m";
  ASSERT_EQ(publisher->submit(std::vector{record(2, id)}), 1u);
  ASSERT_TRUE(eventually([&] { return first.got().size() == 1 && second.got().size() == 1; }));
  EXPECT_EQ(first.got()[0].id, "m");
  EXPECT_EQ(first.got()[0].body, "m");

  // What failed waits here, and comes with what is known of it.
  one->settle(std::vector{driver::Settle{.tag = first.got()[0].tag, .verdict = driver::Verdict::retry, .failures = 1}});
  ASSERT_TRUE(eventually([&] { return first.got().size() == 2; }));
  EXPECT_EQ(first.got()[1].failures, 1u);
  EXPECT_EQ(second.got().size(), 1u);
  one->stop(driver::Clock::now());
  two->stop(driver::Clock::now());
  publisher->stop(driver::Clock::now() + 5s);
  EXPECT_TRUE(eventually([&] { return first.ended_ && second.ended_ && published.ended_; }));
  EXPECT_EQ(published.refused_, 0);
}

}  // namespace
}  // namespace ductape::inline v0::nats::test
