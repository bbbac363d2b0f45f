// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/field.hpp>

#include <gtest/gtest.h>

namespace ductape::inline v0::driver {
namespace {

std::string said(const Field& field, std::string_view value) { return why_not(field, value).value_or("fits"); }

TEST(Field, LettersAreRangesOrWhatMayNotBe) {
  const Field topic{.name = "topic", .letters = {.only = "A-Za-z0-9._-", .longest = 9}};
  for (const char* value : {"", "Az09._-", "---"}) EXPECT_EQ(said(topic, value), "fits") << value;
  EXPECT_EQ(said(topic, "a b"), R"(expected a text, up to 9 bytes, of A-Za-z0-9._-, found "a b")");
  EXPECT_NE(said(topic, "0123456789"), "fits");
  EXPECT_NE(said(topic, "\xc3\xa9"), "fits");

  const Field stream{.name = "stream", .letters = {.only = printable, .never = ".*>"}};
  EXPECT_EQ(said(stream, "$a~!-b"), "fits");
  EXPECT_EQ(said(stream, "a b"), R"(expected a text, of printable ASCII without spaces, without . * >, found "a b")");
  EXPECT_NE(said(stream, "a.b"), "fits");

  const Field servers{.name = "servers", .type = FieldType::list, .letters = {.never = " "}};
  EXPECT_EQ(said(servers, "a:1, b:2"), "fits");
  EXPECT_EQ(said(servers, "a:1,b 2"), R"(expected at least one text, without spaces, found "a:1,b 2")");
}

TEST(Field, ControlCharactersAreForSecretsAlone) {
  EXPECT_EQ(said({.name = "name"}, "a\r\nb"), R"(expected a text without control characters, found "a\x0d\x0ab")");
  EXPECT_EQ(said({.name = "name"},
                 "Gr\xc3\xbc\xc3\x9f"
                 "e x"),
            "fits");
  EXPECT_EQ(said({.name = "key", .type = FieldType::secret}, "-----BEGIN\n"), "fits");
}

TEST(Field, WhatMayHoldAPasswordIsNotRepeated) {
  const Field servers{.name = "servers", .type = FieldType::list, .letters = {.never = " "}};
  EXPECT_EQ(said(servers, "nats://me:hun ter2@h"), "expected at least one text, without spaces, found another");
}

TEST(Field, UrlsHaveTheirSchemes) {
  const Field url{.name = "url", .schemes = {"redis://", "rediss://"}};
  EXPECT_EQ(said(url, "rediss://h:6379/1"), "fits");
  EXPECT_EQ(said(url, "http://h"), R"(expected a text that begins with redis://, rediss://, found "http://h")");
}

TEST(Field, WhatIsRequiredIsNotEmpty) {
  EXPECT_EQ(said({.name = "host", .required = true}, ""), R"(expected a text, found "")");
  EXPECT_EQ(said({.name = "user"}, ""), "fits");
}

TEST(Field, NumbersAreInTheirRange) {
  const Field port{.name = "port", .type = FieldType::number, .range = ports};
  EXPECT_EQ(said(port, "65535"), "fits");
  EXPECT_EQ(said(port, "65536"), R"(expected a whole number from 1 to 65535, found "65536")");
  EXPECT_EQ(said(port, "0"), R"(expected a whole number from 1 to 65535, found "0")");
  const Field attempts{.name = "attempts", .type = FieldType::number, .range = {.least = -1}};
  EXPECT_EQ(said(attempts, "-1"), "fits");
  EXPECT_EQ(said(attempts, "-2"), R"(expected a whole number of -1 or more, found "-2")");
  EXPECT_EQ(said({.name = "any", .type = FieldType::number}, "-9000000000"), "fits");
}

}  // namespace
}  // namespace ductape::inline v0::driver
