// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/json_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ductape::cli {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

std::string base64(std::string_view text) {
  std::string out;
  append_base64(out, std::as_bytes(std::span(text)));
  return out;
}

TEST(JsonText, ContentTypesThatPromiseJson) {
  for (auto type :
       {"application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json", "text/json ;q"})
    EXPECT_TRUE(is_json_type(type)) << type;
  for (auto type : {"", "text/plain", "application/jsonl", "+json", "application/octet-stream"})
    EXPECT_FALSE(is_json_type(type)) << type;
}

TEST(JsonText, TakesEveryJsonValue) {
  for (auto text :
       {"{}", "[]", "null", "-0", "1e3", " \t{\"a\" : [1,\n2]}\r\n", R"("\ud83d\ude00")", "{\"a\":1,\"a\":2}"})
    EXPECT_EQ(why_not_json(text), std::nullopt) << text;
  std::string deep(100'000, '[');
  deep.append(100'000, ']');
  EXPECT_EQ(why_not_json(deep), std::nullopt);
}

TEST(JsonText, NamesThePlace) {
  EXPECT_EQ(why_not_json("{bad"), "at byte 2: invalid literal");
  EXPECT_EQ(why_not_json("[1,]"), "at byte 4: unexpected ']'; expected '[', '{', or a literal");
  EXPECT_EQ(why_not_json("1 2"), "at byte 3: unexpected number literal; expected end of input");
  EXPECT_EQ(why_not_json(""), "it is empty");
  EXPECT_EQ(why_not_json(std::string_view("1\0 rest", 7)), "at byte 2: a NUL byte");
  EXPECT_TRUE(why_not_json("\xEF\xBB\xBF{}")->starts_with("it begins with a byte-order mark"));
}

TEST(JsonText, NeverRepeatsTheBodyInAFailure) {
  EXPECT_LT(why_not_json("\"" + std::string(100'000, 'x'))->size(), 100u);
  EXPECT_EQ(why_not_json("\"\xff\""), "at byte 2: invalid string: ill-formed UTF-8 byte");
}

TEST(JsonText, OneLineKeepsAllButLineBreaks) {
  std::string out = ">";
  append_json_line(out, "{\r\n  \"a\": \"x\\ny\"\n}");
  EXPECT_EQ(out, ">{  \"a\": \"x\\ny\"}");
}

TEST(JsonText, QuotesWhatMustBeQuoted) {
  EXPECT_EQ(quoted("a\"b\\c\n\r\t\x01\x7F"), R"("a\"b\\c\n\r\t\u0001\u007f")");
  EXPECT_EQ(quoted("h\xC3\xA9 \xF0\x9F\x98\x80"), "\"h\xC3\xA9 \xF0\x9F\x98\x80\"");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonText, ReplacesWhatIsNotUtf8) {
  for (auto bad : {"\xFF", "\xC3", "\xE0\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    const auto text = quoted(bad);
    EXPECT_NE(text.find("\xEF\xBF\xBD"), text.npos) << bad;
    EXPECT_TRUE(nlohmann::json::accept(text)) << bad;
  }
}

TEST(JsonText, Base64OfEachLength) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xFF\xFE\xFD\xFC"), "//79/A==");
}

}  // namespace
}  // namespace ductape::cli
