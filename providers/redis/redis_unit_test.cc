// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "providers/redis/command.h"
#include "providers/redis/envelope.h"
#include "providers/redis/errors.h"
#include "providers/redis/message.h"
#include "providers/redis/names.h"
#include "providers/redis/reply_reader.h"
#include "providers/redis/url.h"

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

TEST(RedisUrl, SaysWhatTheOtherOptionsSay) {
  const auto read = [](const char* url) {
    RedisOptions options;
    options.url = url;
    options.username = "u";
    const auto done = apply_url(options);
    if (!done) return done.error().message;
    return options.username + "|" + std::string(options.password.reveal()) + "|" + options.host + "|" +
           std::to_string(options.port) + "|" + std::to_string(options.db) + (options.tls ? "|tls" : "");
  };
  EXPECT_EQ(read("redis://h"), "u||h|6379|0");
  EXPECT_EQ(read("redis://h/"), "u||h|6379|0");
  EXPECT_EQ(read("rediss://me:p%40w@h:6380/3"), "me|p@w|h|6380|3|tls");
  EXPECT_EQ(read("redis://:pw@[::1]:1"), "u|pw|::1|1|0");
  EXPECT_EQ(read("http://h"), "`url`: begins with neither redis:// nor rediss://");
  EXPECT_EQ(read("redis://h:0"), "`url`: the port is not 1 to 65535");
  EXPECT_EQ(read("redis://h/x"), "`url`: what stands behind the / is no database's number");
  EXPECT_EQ(read("redis://me:pw@"), "`url`: has no host");
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

TEST_F(RedisMeta, IsJsonWithoutHeadersToo) {
  EXPECT_TRUE(encode_meta({}, text_).ok());
  EXPECT_EQ(text_, "{}");
  const std::vector<driver::Header> plain{{"source", "/shop/prd"}}, odd{{"source", "/sh\\op/\"☃\""}};
  EXPECT_TRUE(encode_meta({.key = "k", .attributes = plain}, text_).ok());
  EXPECT_EQ(text_, R"({"source":"/shop/prd","partitionkey":"k"})");
  EXPECT_EQ(round_trip({.attributes = odd}).attributes[0].value, "/sh\\op/\"☃\"");
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
  for (const auto* text : {"", "[]", "{", "1", "null", "{\"a\":", R"({"a":"1"x"b":"2"})", R"({"a":"1",})", R"({"a"})",
                           R"({"a":"b","c"})", R"({"a":"b":"c"})", R"({"a":"1"}{"b":"2"})", R"({"":""",":"":""})"})
    EXPECT_FALSE(decode_meta(text, memory_)) << text;
  EXPECT_EQ(decode_meta(R"({"a":1,"b":"x","headers":7})", memory_)->attributes.size(), 1u);
  EXPECT_EQ(decode_meta(R"({ "a" : "1" , "b" : "x" })", memory_)->attributes.size(), 2u);
  EXPECT_EQ(decode_meta(R"({"a":"x,y}","partitionkey":"{\"a\":\"1\"}"})", memory_)->attributes[0].value, "x,y}");
  EXPECT_EQ(decode_meta(R"({"a":"\u2603","b":"☃"})", memory_)->attributes[0].value, "☃");
}

TEST(RedisCommand, IsWrittenWithTheLengthOfEachArgument) {
  std::string out = "before";
  Command({"XADD", ""}).add(-12).write_to(out);
  EXPECT_EQ(out, "before*3\r\n$4\r\nXADD\r\n$0\r\n\r\n$3\r\n-12\r\n");
  write_command({"PING", "a\r\nb"}, out = {});
  EXPECT_EQ(out, "*2\r\n$4\r\nPING\r\n$4\r\na\r\nb\r\n");
}

// Replies that come in pieces, many at once, and longer than what shares its memory.
TEST(RedisReplies, AreReadHoweverTheyCome) {
  const std::string large(100'000, 'x');
  std::string stream;
  for (int i = 0; i < 50; ++i)
    stream += "*3\r\n:" + std::to_string(i) + "\r\n$-1\r\n*2\r\n+ok\r\n$" + std::to_string(large.size()) + "\r\n" +
              large + "\r\n-ERR no\r\n*0\r\n";
  for (const std::size_t piece : {std::size_t{7}, std::size_t{65'536}, stream.size()}) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < stream.size(); at += piece)
      ASSERT_TRUE(reader.read(std::span(stream).subspan(at, std::min(piece, stream.size() - at)), replies));
    ASSERT_EQ(replies.size(), 150u);
    for (std::size_t i = 0; i < 50; ++i) {
      const ReplyView list(replies[3 * i].get());
      EXPECT_EQ(list[0].number(), static_cast<std::int64_t>(i));
      EXPECT_TRUE(list[1].is_nil());
      EXPECT_EQ(list[2][0].text(), "ok");
      EXPECT_EQ(list[2][1].text(), large);
      EXPECT_EQ(ReplyView(replies[3 * i + 1].get()).text(), "ERR no");
      EXPECT_EQ(ReplyView(replies[3 * i + 2].get()).size(), 0u);
    }
  }
  ReplyReader reader;
  std::vector<Reply> replies;
  EXPECT_FALSE(reader.read(std::string_view("HTTP/1.1 400 Bad Request\r\n"), replies));
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
