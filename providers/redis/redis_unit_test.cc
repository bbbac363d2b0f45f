// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "providers/redis/envelope.h"
#include "providers/redis/errors.h"
#include "providers/redis/message.h"
#include "providers/redis/names.h"

namespace ductape::inline v0::redis {
namespace {

const driver::TopicSpec topic{.product = "shop", .env = "prd", .broker = "orders", .topic = "new"};

TEST(RedisNames, AreTheEventsOrTheConfigs) {
  RedisOptions options;
  EXPECT_EQ(make_address(options, topic, driver::Role::main, {})->native, "shop.prd.orders.new");
  EXPECT_EQ(make_address(options, topic, driver::Role::retry, "g.1")->native, "shop.prd.orders.new:g.1:retry");
  EXPECT_EQ(make_address(options, topic, driver::Role::dead_letter, "g")->native, "shop.prd.orders.new:g:dlq");
  options.channel = "legacy";
  EXPECT_EQ(make_address(options, topic, driver::Role::main, {})->native, "legacy");
  auto own = topic;
  own.destination = {{"channel", "own"}};
  EXPECT_EQ(make_address(options, own, driver::Role::retry, "g")->native, "own:g:retry");
}

TEST(RedisNames, RefuseWhatIsNone) {
  auto wrong = topic;
  wrong.topic = "a:b";
  EXPECT_EQ(make_address({}, wrong, driver::Role::main, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(make_address({}, topic, driver::Role::retry, "a:b").error().code, Errc::invalid_argument);
}

TEST(RedisErrors, EachWordHasItsMeaning) {
  std::set<std::string_view> words;
  for (const auto& row : native_codes()) {
    EXPECT_TRUE(words.insert(row.word).second) << row.word;
    const auto error = from_reply(std::string(row.word) + " some text", "127.0.0.1:6379");
    EXPECT_EQ(error.code, row.code) << row.word;
    EXPECT_EQ(error.native, std::string(row.word) + " some text");
    EXPECT_NE(error.message.find("127.0.0.1:6379"), std::string::npos);
  }
  EXPECT_EQ(from_reply("ERR unknown command", "x").code, Errc::internal);
  EXPECT_EQ(from_reply("ERR DB index is out of range", "x").code, Errc::invalid_argument);
  EXPECT_EQ(from_reply("ERR max number of clients reached", "x").code, Errc::unavailable);
}

class RedisMeta : public ::testing::Test {
 protected:
  Meta round_trip(const driver::Record& record) {
    EXPECT_TRUE(encode_meta(record, text_).ok());
    return decode_meta(text_, memory_).value();
  }
  std::string text_;
  std::pmr::monotonic_buffer_resource memory_;
};

TEST_F(RedisMeta, KeepsAttributesKeyAndHeaders) {
  const std::vector<driver::Header> attributes{{"specversion", "1.0"}, {"source", "/shop/prd"}};
  const std::vector<driver::Header> headers{{"tenant", "ac\"me\n\x01"}, {"Ünicode", "☃"}};
  const auto meta = round_trip({.key = "k", .attributes = attributes, .headers = headers});
  EXPECT_EQ(text_.find("\"specversion\":\"1.0\""), 1u) << text_;
  EXPECT_EQ(meta.key, "k");
  ASSERT_EQ(meta.attributes.size(), 2u);
  EXPECT_EQ(meta.attributes[1].value, "/shop/prd");
  ASSERT_EQ(meta.headers.size(), 2u);
  EXPECT_EQ(meta.headers[0].value, "ac\"me\n\x01");
  EXPECT_EQ(meta.headers[1].name, "Ünicode");
}

TEST_F(RedisMeta, KeepsANameThatStandsTwice) {
  const std::vector<driver::Header> headers{{"a", "1"}, {"b", "2"}, {"a", "3"}};
  const auto meta = round_trip({.headers = headers});
  ASSERT_EQ(meta.headers.size(), 3u);
  EXPECT_EQ(meta.headers[2].name, "a");
  EXPECT_EQ(meta.headers[2].value, "3");
}

TEST_F(RedisMeta, RefusesWhatIsNoText) {
  const driver::Header header{"bytes", "\xff"};
  const auto refused = encode_meta({.headers = std::span(&header, 1)}, text_);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_NE(refused.error().message.find("bytes"), std::string::npos);
  EXPECT_EQ(encode_meta({.key = "\xff"}, text_).error().code, Errc::invalid_argument);
}

TEST_F(RedisMeta, ReadsOnlyAnObject) {
  for (const auto* text : {"", "[]", "{", "1", "null", "{\"a\":"}) EXPECT_FALSE(decode_meta(text, memory_)) << text;
  EXPECT_EQ(decode_meta(R"({"a":1,"b":"x","headers":7})", memory_)->attributes.size(), 1u);
}

TEST(RedisEntryId, OrderAndNeighbours) {
  EXPECT_LT(EntryId::parse("9-5"), EntryId::parse("10-0"));
  EXPECT_EQ(EntryId::parse("10-3").text(), "10-3");
  EXPECT_EQ(EntryId::parse("10-3").before().text(), "10-2");
  EXPECT_EQ(EntryId::parse("10-0").before().text(), "9-18446744073709551615");
  EXPECT_EQ(EntryId::parse("0-0").before().text(), "0-0");
}

}  // namespace
}  // namespace ductape::inline v0::redis
