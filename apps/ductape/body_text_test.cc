// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/body_text.h"

#include <vector>

#include <gtest/gtest.h>

#include <ductape/message.hpp>

namespace ductape::cli {
namespace {

std::string member(std::string_view type, std::string_view body) {
  std::string out;
  append_body_member(out, type, body);
  return out;
}

TEST(BodyText, AMemberIsJsonOrBase64) {
  EXPECT_EQ(member("application/json", "{\n\"a\": 1.50}"), R"("body":{"a": 1.50})");
  EXPECT_EQ(member("", "[1]"), R"("body":[1])");
  EXPECT_EQ(member("", "hi"), R"("body_base64":"aGk=")");
  EXPECT_EQ(member("application/json", "{bad"), R"("body_base64":"e2JhZA==")");
  EXPECT_EQ(member("text/plain", "1"), R"("body_base64":"MQ==")");
}

TEST(BodyText, HeadersOfOneNameAreOneMember) {
  std::string out;
  append_header_object(out, Headers{{"a", "1"}, {"b", "\""}, {"a", "2"}});
  EXPECT_EQ(out, R"({"a":"1","b":"\""})");
}

TEST(BodyText, ACellIsCutAndHarmless) {
  EXPECT_EQ(short_text("short", 5), "short");
  EXPECT_EQ(short_text("longer", 5), "long…");
  EXPECT_EQ(short_text("größer", 5), "größ…");
  EXPECT_EQ(short_text("a\x1b[31m\tb\nc", 20), "a?[31m?b?c");
  EXPECT_EQ(short_text("\xFF\xFE", 20), "??");
  EXPECT_EQ(short_text("", 5), "");
}

}  // namespace
}  // namespace ductape::cli
