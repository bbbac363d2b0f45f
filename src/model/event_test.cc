// SPDX-License-Identifier: Apache-2.0
#include "src/model/event.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::model {
namespace {

TEST(Event, SplitsAtTheColon) {
  const auto id = parse_event("orders:new-orders_2").value();
  EXPECT_EQ(id.broker, "orders");
  EXPECT_EQ(id.topic, "new-orders_2");
  EXPECT_TRUE(parse_event("a:" + std::string(64, 'b')));
}

struct Refused {
  std::string event, says;
};

class EventRefused : public testing::TestWithParam<Refused> {};

TEST_P(EventRefused, NamesWhatIsWrongAndWhere) {
  const auto id = parse_event(GetParam().event);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, Errc::invalid_argument);
  EXPECT_EQ(id.error().name(), "EVENT_FORMAT_INVALID");
  EXPECT_NE(id.error().message.find(GetParam().says), std::string::npos) << id.error().message;
  EXPECT_NE(id.error().hint.find("brokerTag:topicTag"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Inputs, EventRefused,
    testing::Values(Refused{"", "is empty"}, Refused{"orders", "no ':'"}, Refused{":x", "the broker tag is empty"},
                    Refused{"orders:", "the topic tag is empty"}, Refused{"a:b:c", "\":\" at position 4"},
                    Refused{"Orders:x", "\"O\" at position 1"}, Refused{"orders:nEw", "\"E\" at position 9"},
                    Refused{"orders: new", "\" \" at position 8"}, Refused{"orders:a--b", "\"-\" at position 10"},
                    Refused{"orders:a-", "\"-\" at position 9"}, Refused{"_a:b", "\"_\" at position 1"},
                    Refused{"a:\n", "\"\\x0a\" at position 3"}, Refused{"a:\xc3\xa9", "\"\\xc3\" at position 3"},
                    Refused{"a:" + std::string(65, 'b'), "has 65 characters, 64 are allowed"},
                    Refused{std::string(65, 'b') + ":a", "has 65 characters, 64 are allowed"}));

TEST(Tag, SaysWhatItIsOf) {
  EXPECT_TRUE(check_tag("product tag", "shop-2_eu"));
  const auto done = check_tag("product tag", "my.shop");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "product tag \"my.shop\": character \".\" at position 3 is not allowed");
  EXPECT_FALSE(check_tag("product tag", ""));
  EXPECT_FALSE(check_tag("product tag", std::string(65, 'a')));
}

TEST(GroupName, KeepsCaseAndTakesDots) {
  EXPECT_TRUE(check_group_name("Billing.v2_eu-1"));
  EXPECT_TRUE(check_group_name(std::string(64, 'A')));
  for (const auto& name : {std::string(), std::string(".a"), std::string("-a"), std::string("a/b"), std::string("a b"),
                           std::string(65, 'A')}) {
    const auto done = check_group_name(name);
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().name(), "INVALID_ARGUMENT");
  }
}

}  // namespace
}  // namespace ductape::inline v0::model
