// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "providers/local/test_support.h"

namespace ductape::inline v0::local::test {
namespace {

class Local : public testing::Test {
 protected:
  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
};

TEST_F(Local, HandsOutWhatWasPublishedByteForByte) {
  const auto to = broker_.address("orders");
  ASSERT_TRUE(broker_.provision(Broker::topic("orders"), {{.name = "billing"}}));
  Sender sender(*broker_);
  sender.attributes = {{"source", "shop/dev"}, {"type", "events:orders"}, {"x-own", "1"}};
  sender.headers = {{"trace", "a\0b"}, {"empty", ""}};
  const auto body = std::string("\0\xff{}", 4);
  const auto outcome = sender.send(to, "0190a7c4-8f5e-7abc-9def-0123456789ab", "", body);
  ASSERT_FALSE(outcome.error) << outcome.error.message;
  EXPECT_EQ(outcome.native_id, "1");

  Receiver receiver(*broker_, to, {.name = "billing"});
  const auto got = receiver.wait(1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].id, "0190a7c4-8f5e-7abc-9def-0123456789ab");
  EXPECT_EQ(got[0].body, body);
  EXPECT_EQ(got[0].deliveries, 1u);
  EXPECT_EQ(got[0].failures, 0u);
  EXPECT_EQ(got[0].attributes,
            (std::map<std::string, std::string>{{"source", "shop/dev"}, {"type", "events:orders"}, {"x-own", "1"}}));
  EXPECT_EQ(got[0].headers, (std::map<std::string, std::string>{{"trace", "a"}, {"empty", ""}}));
  EXPECT_FALSE(receiver.ack(got[0]));
  const auto state = broker_.inspect(to, "billing").value();
  EXPECT_EQ(state.done, 1u);
  EXPECT_EQ(state.lag, 0u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
