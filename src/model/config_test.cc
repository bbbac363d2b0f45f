// SPDX-License-Identifier: Apache-2.0
#include "src/model/config.h"

#include <gtest/gtest.h>

#include <array>

namespace ductape::inline v0::model {
namespace {

const std::array<driver::Field, 5> fields{
    driver::Field{.name = "servers", .required = true}, driver::Field{.name = "auth.user", .also = {"user"}},
    driver::Field{.name = "auth.password", .secret = true, .type = driver::FieldType::secret},
    driver::Field{.name = "port", .type = driver::FieldType::number},
    driver::Field{.name = "native", .type = driver::FieldType::native}};

std::string refusal(const char* json) {
  const auto done = check_config(Json::parse(json), fields, "/envs/0/config");
  return done ? "accepted" : std::string(to_string(done.error().code)) + " " + done.error().message;
}

TEST(Config, IsFlattenedForTheProvider) {
  const auto flat =
      flatten_config(R"({"servers":["a:1","b:2"],"auth":{"user":"u","deep":{"x":true}},"port":6379})").value();
  EXPECT_EQ(flat, (FlatConfig{{"servers", "a:1,b:2"}, {"auth.user", "u"}, {"auth.deep.x", "true"}, {"port", "6379"}}));
  EXPECT_TRUE(flatten_config("{}").value().empty());
  for (const char* json :
       {"", "[]", "1", R"({"a":null})", R"({"a":[{}]})", R"({"a":[[1]]})", R"({"a.b":1,"a":{"b":2}})"})
    EXPECT_FALSE(flatten_config(json)) << json;
}

TEST(Config, KnownKeysAreAccepted) {
  EXPECT_EQ(refusal(R"({"servers":"a","auth":{"user":"u","password":"${PW}"},"port":1})"), "accepted");
}

TEST(Config, UnknownKeysSuggestTheNearest) {
  EXPECT_EQ(refusal(R"({"severs":"a"})"),
            R"(invalid_argument /envs/0/config: unknown key "severs"; did you mean "servers"?)");
  EXPECT_EQ(refusal(R"({"servers":"a","auth":{"usr":"u"}})"),
            R"(invalid_argument /envs/0/config: unknown key "auth.usr"; did you mean "auth.user"?)");
}

TEST(Config, ValuesAreOfTheirType) {
  EXPECT_EQ(refusal(R"({"servers":"a","port":"many"})"),
            R"(invalid_argument /envs/0/config/port: expected a whole number, found "many")");
  EXPECT_EQ(refusal(R"({"servers":"a","port":"${PORT}"})"), "accepted") << "looked at when it is read";
  EXPECT_EQ(refusal(R"({"servers":"a","native":{"a":1,"b":{"c":true}}})"), "accepted");
}

TEST(Config, EachTypeOfFieldHasItsWaysOfWriting) {
  using driver::FieldType;
  const std::array<driver::Field, 7> typed{driver::Field{.name = "text", .help = "a name"},
                                           driver::Field{.name = "secret", .secret = true, .type = FieldType::secret},
                                           driver::Field{.name = "list", .type = FieldType::list},
                                           driver::Field{.name = "boolean", .type = FieldType::boolean},
                                           driver::Field{.name = "number", .type = FieldType::number},
                                           driver::Field{.name = "duration", .type = FieldType::duration},
                                           driver::Field{.name = "native", .type = FieldType::native}};
  const auto said = [&](const std::string& key, const std::string& value) {
    const auto done = check_config(Json::parse("{\"" + key + "\": " + value + "}"), typed, "");
    return done ? "accepted" : done.error().message + "; " + done.error().hint;
  };
  for (const auto& [key, value] : std::vector<std::pair<const char*, const char*>>{{"text", R"("5")"},
                                                                                   {"text", R"("${X}")"},
                                                                                   {"secret", R"("0123")"},
                                                                                   {"list", R"("a,b")"},
                                                                                   {"list", R"(["a", "b"])"},
                                                                                   {"boolean", "true"},
                                                                                   {"boolean", R"("false")"},
                                                                                   {"number", "-3"},
                                                                                   {"number", R"("${PORT}")"},
                                                                                   {"duration", "1500"},
                                                                                   {"duration", R"("2m")"},
                                                                                   {"native", "{}"},
                                                                                   {"native", R"({"a": 1})"},
                                                                                   {"number", R"("6379")"}})
    EXPECT_EQ(said(key, value), "accepted") << key << value;
  EXPECT_EQ(said("text", "5"),
            R"(/text: expected a text, found a whole number; put it in quotes: text: "..." (a name))");
  EXPECT_EQ(said("text", R"(["a"])"), R"(/text: expected a text, found an array; write text: "..." (a name))");
  EXPECT_EQ(said("secret", "0.5"), R"(/secret: expected a text, found a number; put it in quotes: secret: "...")");
  EXPECT_EQ(said("list", "5"), R"(/list: expected a list of texts, found a whole number; write list: ["...", "..."])");
  EXPECT_EQ(said("list", "[1]"),
            R"(/list: expected a list of texts, found a list with something else in it; write list: ["...", "..."])");
  EXPECT_EQ(said("boolean", "1"), "/boolean: expected true or false, found a whole number; write boolean: true");
  EXPECT_EQ(said("number", "1.5"), "/number: expected a whole number, found a number; write number: 1");
  EXPECT_EQ(said("duration", "true"), "/duration: expected a duration, found true or false; write duration: 5s");
  EXPECT_EQ(said("native", "5"), "/native: expected an object, found a whole number; write native: {...}");
  for (const char* key : {"text", "secret", "list", "boolean", "number", "duration"}) {
    EXPECT_NE(said(key, "{}"), "accepted") << key;
    EXPECT_NE(said(key, R"({"a": 1})"), "accepted") << key;
    EXPECT_NE(said(key, "[]"), "accepted") << key;
    EXPECT_NE(said(key, "null"), "accepted") << key;
  }
}

TEST(Config, WhatIsNoObjectHasNoFieldsInIt) {
  EXPECT_EQ(refusal(R"({"servers":"a","auth":"me"})"),
            "invalid_argument /envs/0/config/auth: expected an object, found a string");
}

TEST(Config, TwoSpellingsOfOneFieldAreRefused) {
  EXPECT_EQ(refusal(R"({"servers":"a","user":"u","auth":{"user":"v"}})"),
            R"(invalid_argument /envs/0/config: "user" is another spelling of "auth.user", which is given too)");
}

TEST(Config, RequiredKeysAreNamed) {
  EXPECT_EQ(refusal("{}"), R"(invalid_argument /envs/0/config: the key "servers" is missing)");
}

TEST(Config, ACredentialIsAnythingOrOneReference) {
  const auto said = [](const char* value) {
    const auto json = Json{{"servers", "a"}, {"auth", {{"password", value}}}}.dump();
    return refusal(json.c_str());
  };
  for (const char* value : {"hunter2", "$Secret{PW}", "${PW}", ""}) EXPECT_EQ(said(value), "accepted") << value;
  EXPECT_EQ(said("hunter2${PW}"),
            "invalid_argument /envs/0/config/auth.password: a credential is one reference as a whole, or none");
  EXPECT_EQ(said("hunter2${"),
            "invalid_argument /envs/0/config/auth.password: begins like a reference at character 8, but is none");
}

}  // namespace
}  // namespace ductape::inline v0::model
