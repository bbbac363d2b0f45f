// SPDX-License-Identifier: Apache-2.0
#include "src/model/schema.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ductape::inline v0::model {
namespace {

constexpr auto sample = R"({"orderId":"12345","total":99.99,"paid":false,"customer":{"name":"J","tags":["a"]},
                            "lines":[{"sku":"x","qty":1},{"sku":"y","qty":2,"note":"n"}],"any":null,"mixed":[1,"a"],
                            "empty":[],"a/b~c":1})";
constexpr auto fits = R"({"total":1,"orderId":"","paid":true,"customer":{"tags":[],"name":""},"lines":[],"any":{},
                          "mixed":[null],"empty":[1,"2"],"a/b~c":0.5,"more":[{}]})";

std::string verdict(const char* json, std::string_view body) {
  const auto violation = Schema::infer(json).value().check(body);
  return violation ? violation->path + ": " + violation->expected + ", " + violation->found : "fits";
}

TEST(Schema, AcceptsItsSampleAndWhatIsLikeIt) {
  EXPECT_EQ(verdict(sample, sample), "fits");
  EXPECT_EQ(verdict(sample, fits), "fits");
  EXPECT_EQ(verdict(R"({"mixed":[1,"a"],"any":null,"empty":[]})", R"({"mixed":[null],"any":5,"empty":[{}],"more":[]})"),
            "fits");
  EXPECT_EQ(verdict("{}", R"({"whatever":1})"), "fits");
}

TEST(Schema, NamesPathExpectedAndFoundType) {
  EXPECT_EQ(verdict(R"({"total":1})", R"({"total":"x"})"), "/total: number, string");
  EXPECT_EQ(verdict(R"({"total":1})", R"({})"), "/total: number, nothing");
  EXPECT_EQ(verdict(R"({"total":1})", R"({"total":null})"), "/total: number, null");
  EXPECT_EQ(verdict(R"({"total":1})", R"([])"), ": object, array");
  EXPECT_EQ(verdict(R"({"a":{"b":{"c":true}}})", R"({"a":{"b":{"c":0}}})"), "/a/b/c: boolean, number");
  EXPECT_EQ(verdict(R"({"a":[{"b":"x"}]})", R"({"a":[{"b":""},{"b":[]}]})"), "/a/1/b: string, array");
  EXPECT_EQ(verdict(R"({"a":[[1]]})", R"({"a":[[1],[2,{}]]})"), "/a/1/1: number, object");
  EXPECT_EQ(verdict(R"({"a/b~c":1})", R"({"a/b~c":"x"})"), "/a~1b~0c: number, string");
}

TEST(Schema, ElementsOfAListTogetherAreOneSample) {
  constexpr auto lines = R"({"l":[{"sku":"x","qty":1},{"sku":"y","note":"n"}]})";
  EXPECT_EQ(verdict(lines, R"({"l":[{"sku":"z"}]})"), "fits");
  EXPECT_EQ(verdict(lines, R"({"l":[{"qty":1}]})"), "/l/0/sku: string, nothing");
  EXPECT_EQ(verdict(lines, R"({"l":[{"sku":"z","qty":"1"}]})"), "/l/0/qty: number, string");
  EXPECT_EQ(verdict(lines, R"({"l":[{"sku":"z","note":1}]})"), "/l/0/note: string, number");
  constexpr auto thrice = R"({"l":[{"a":1},{},{"a":1}]})";
  EXPECT_EQ(verdict(thrice, R"({"l":[{}]})"), "fits");
}

TEST(Schema, WhatIsOptionalMayBeMissingOrNull) {
  const std::vector<std::string> optional{"/note", "/lines/*/qty", "/a~1b"};
  const auto schema = Schema::infer(R"({"id":"1","note":"n","lines":[{"sku":"x","qty":1}],"a/b":1})", optional).value();
  const auto verdict_of = [&](std::string_view body) {
    const auto violation = schema.check(body);
    return violation ? violation->path + ": " + violation->expected + ", " + violation->found : "fits";
  };
  EXPECT_EQ(verdict_of(R"({"id":"1","lines":[{"sku":"x"}]})"), "fits");
  EXPECT_EQ(verdict_of(R"({"id":"1","note":null,"lines":[{"sku":"x","qty":null}],"a/b":null})"), "fits");
  EXPECT_EQ(verdict_of(R"({"id":"1","note":1,"lines":[]})"), "/note: string, number");
  EXPECT_EQ(verdict_of(R"({"note":"n","lines":[]})"), "/id: string, nothing");
  EXPECT_EQ(verdict_of(R"({"id":null,"lines":[]})"), "/id: string, null");
  EXPECT_EQ(verdict_of(R"({"id":"1","lines":[{"qty":1}]})"), "/lines/0/sku: string, nothing");
}

TEST(Schema, OnlyWhatTheSampleHasCanBeOptional) {
  const std::vector<std::string> optional{"/nota"};
  const auto refused = Schema::infer(R"({"note":"n"})", optional);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the sample has no field \"/nota\"; did you mean \"/note\"?");
}

TEST(Schema, ANewSampleMakesOptionalWhatIsNew) {
  const auto widened = [](const char* before, const char* after, std::vector<std::string> optional = {}) {
    std::string out;
    for (const auto& pointer : Schema::widened(before, after, optional)) out += pointer + ";";
    return out;
  };
  EXPECT_EQ(widened(R"({"a":1})", R"({"a":1})"), "");
  EXPECT_EQ(widened(R"({"a":1})", R"({"a":1,"b":2})"), "/b;");
  EXPECT_EQ(widened(R"({"a":1,"b":2})", R"({"a":1})"), "") << "what is not in the sample is not asked for";
  EXPECT_EQ(widened(R"({"a":1})", R"({"a":1,"b":{"c":{"d":1}}})"), "/b;") << "what is in it comes with it";
  EXPECT_EQ(widened(R"({"b":{"c":1}})", R"({"b":{"c":1,"d":1}})"), "/b/d;");
  EXPECT_EQ(widened(R"({"l":[{"x":1}]})", R"({"l":[{"x":1},{"x":1,"y":2}]})"), "/l/*/y;");
  EXPECT_EQ(widened(R"({"a":1,"b":2})", R"({"a":1,"c":2})", {"/a", "/b"}), "/a;/c;");
  EXPECT_EQ(widened(R"({"a":1})", R"({"a":1})", {"/x"}), "/x;") << "left for `infer` to refuse";
}

TEST(Schema, AWholeNumberOfAnySizeIsANumber) {
  constexpr auto large = R"({"n":123456789012345678901234567890})";
  EXPECT_EQ(verdict(large, large), "fits");
  EXPECT_EQ(verdict(R"({"n":1,"s":"x"})", R"({"s":"\u00e9","n":-99999999999999999999})"), "fits");
  EXPECT_EQ(verdict(R"({"n":1,"s":"x"})", R"({"n":99999999999999999999})"), "/s: string, nothing");
}

TEST(Schema, AByteOrderMarkSaysNothing) {
  EXPECT_EQ(verdict("\xef\xbb\xbf{\"a\":1}", "\xef\xbb\xbf{\"a\":1}"), "fits");
  EXPECT_EQ(verdict("{\"a\":1}", "\xef\xbb\xbf"), ": JSON, Empty: no JSON found");
}

TEST(Schema, InvalidJsonIsAViolationOfTheWhole) {
  for (const char* body :
       {"", "{", "nonsense", R"({"a":1)", R"({"a":1}})", R"({"a":01})", R"({"b":"\x"})", "{\"a\":\"\xff\"}"}) {
    const auto violation = Schema::infer(R"({"a":1})").value().check(body);
    ASSERT_TRUE(violation) << body;
    EXPECT_EQ(violation->path, "");
    EXPECT_EQ(violation->expected, "JSON");
  }
}

TEST(Schema, SamplesAreObjects) {
  for (const char* text : {"", "[]", "5", "null", "{", R"({"a":1,"a":2})"}) EXPECT_FALSE(Schema::infer(text)) << text;
}

TEST(Schema, WideObjectsInAnyOrder) {
  std::string wide = "{", reversed = "{";
  for (int i = 0; i < 200; ++i) wide += (i ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  for (int i = 199; i > 0; --i) reversed += "\"f" + std::to_string(i) + "\":1" + (i > 1 ? "," : "");
  wide += "}";
  reversed += "}";
  EXPECT_EQ(verdict(wide.c_str(), wide), "fits");
  EXPECT_EQ(verdict(wide.c_str(), reversed), "/f0: number, nothing");
  // The same field a hundred times does not stand for another.
  EXPECT_EQ(verdict(R"({"a":1,"b":1})", R"({"a":1,"a":1})"), "/b: number, nothing");
}

TEST(Schema, DeepAndLargeBodies) {
  const std::string deep = R"({"a":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_EQ(Schema::infer(R"({"a":[]})").value().check(deep)->expected, "JSON");
  const std::string large = R"({"a":")" + std::string(3 << 20, 'x') + R"("})";
  EXPECT_EQ(verdict(R"({"a":""})", large), "fits");
  EXPECT_EQ(verdict(R"({"a":""})", R"({"a":""})"), "fits");
}

TEST(Schema, IsCheckedByManyThreads) {
  const auto schema = Schema::infer(sample).value();
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n)
        wrong += schema.check(sample).has_value() + schema.check(fits).has_value() + !schema.check("{}").has_value();
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ductape::inline v0::model
