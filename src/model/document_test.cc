// SPDX-License-Identifier: Apache-2.0
#include "src/model/document.h"

#include <gtest/gtest.h>

#include <chrono>

namespace ductape::inline v0::model {
namespace {

std::string refusal(Result<Json> result) {
  return result ? "accepted: " + result->dump()
                : std::string(to_string(result.error().code)) + " " + result.error().message;
}

TEST(Document, YamlAndJsonGiveTheSame) {
  const auto yaml = parse_document("a: 1\nb: [x, {c: 2.5}]\nd: null\n").value();
  const auto json = parse_document(R"({"a":1,"b":["x",{"c":2.5}],"d":null})").value();
  EXPECT_EQ(yaml, json);
}

TEST(Document, FlowStyleThatIsNoJsonIsYaml) {
  EXPECT_EQ(parse_document("{ slug: dev, type: X }").value().dump(), R"({"slug":"dev","type":"X"})");
}

TEST(Document, KeysKeepTheirOrder) {
  EXPECT_EQ(parse_document("z: 1\na: 2\n").value().dump(), R"({"z":1,"a":2})");
  EXPECT_EQ(parse_document(R"({"z":1,"a":2})").value().dump(), R"({"z":1,"a":2})");
}

TEST(Yaml, FollowsTheCoreSchema) {
  const auto json = parse_yaml(
                        "[off, no, yes, true, 007, 1e3, -4, +4, 1.50, 12:30, 1.2.3, '5', \"true\", ~, 2026-11-21, "
                        "18446744073709551615, 0x10, .inf, e5]")
                        .value();
  EXPECT_EQ(json.dump(), R"(["off","no","yes",true,7,1000.0,-4,4,1.5,"12:30","1.2.3","5","true",null,"2026-11-21",)"
                         R"(18446744073709551615,"0x10",".inf","e5"])");
}

TEST(Document, SyntaxErrorsNameTheLine) {
  EXPECT_NE(refusal(parse_document("a: 1\nb: [1, 2\nc: 3\n")).find("not valid YAML, line 3"), std::string::npos)
      << refusal(parse_document("a: 1\nb: [1, 2\nc: 3\n"));
  EXPECT_NE(refusal(parse_document("{\n  \"a\": 1,\n  \"b\" 2\n}")).find("not valid JSON, line 3"), std::string::npos)
      << refusal(parse_document("{\n  \"a\": 1,\n  \"b\" 2\n}"));
  EXPECT_NE(refusal(parse_json("")).find("invalid_argument not valid JSON, line 1"), std::string::npos);
}

TEST(Yaml, KeysMayBeLongAndEscaped) {
  const Json long_key = {{std::string(300, '\x12'), {{"short", 1}}}, {"other", std::string(300, '\x12')}};
  const auto written = yaml_of(long_key);
  EXPECT_EQ(parse_yaml(written).value(), long_key) << written;
}

TEST(Yaml, EscapesThatTheLibraryTakesForOneByteAreRefused) {
  for (const char* text : {R"(a: "x\Ny")", R"(a: "x\_y")", R"({"x\Ny": 1})"}) {
    const auto refused = parse_yaml(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().message.find("u0085"), std::string::npos) << refused.error().message;
  }
  EXPECT_TRUE(parse_yaml(R"(a: "x\u0085\u00A0y")"));
}

TEST(Yaml, IsNestedAsDeepAsJson) {
  for (std::size_t depth = 60; depth < 70; ++depth) {
    const auto json = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_EQ(parse_document(json).ok(), parse_document(json + " # no JSON").ok()) << depth;
  }
}

TEST(Yaml, ATabBeforeTheTextIsNamed) {
  constexpr auto said =
      "invalid_argument not valid YAML, line 3: a tab stands before the text; YAML is indented with spaces";
  EXPECT_EQ(refusal(parse_document("a:\n  b: 1\n\t- c\n")), said);
  EXPECT_EQ(refusal(parse_document("a:\n  - b\n \t  c: d\n")), said);
  EXPECT_EQ(parse_document("a:\t1\nb: [\tx ]\n").value().dump(), R"({"a":1,"b":["x"]})") << "elsewhere it is a blank";
}

TEST(Document, KeysGivenTwiceAreRefused) {
  EXPECT_NE(refusal(parse_json(R"({"a":{"b":1,"c":{},"b":2}})")).find(R"("b" is given twice)"), std::string::npos);
  EXPECT_NE(refusal(parse_yaml("a: 1\nb: 2\na: 3\n")).find(R"(line 3: the key "a" is given twice)"), std::string::npos);
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])"));
}

TEST(Document, DepthAndSizeAreBounded) {
  EXPECT_NE(refusal(parse_json(std::string(100'000, '['))).find("nested deeper than 64"), std::string::npos);
  std::string yaml;
  for (int i = 0; i < 80; ++i) yaml += "[";
  for (int i = 0; i < 80; ++i) yaml += "]";
  EXPECT_NE(refusal(parse_yaml(yaml)).find("nested deeper than 64"), std::string::npos);
  for (const auto& deep : {std::string(2'000, '['), "a: " + std::string(2'000, '['), [] {
                             std::string text;
                             for (int i = 0; i < 2'000; ++i) text += "- ";
                             return text;
                           }()})
    EXPECT_NE(refusal(parse_document(deep)).find("nested deeper than 64 levels"), std::string::npos);
  // Nine aliases of nine aliases of ...
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j ? "," : "") + before;
    bomb += "]\n";
  }
  EXPECT_NE(refusal(parse_yaml(bomb)).find("more than 1000000 values"), std::string::npos);
}

TEST(Document, JsonDoesNotEndAtANul) {
  for (const auto text : {std::string_view("{\"a\":1}\0", 8), std::string_view("{\"a\":1}\n\0 more", 13)})
    EXPECT_NE(refusal(parse_json(text)).find("a NUL byte"), std::string::npos);
}

TEST(Document, OddTextsAreRefusedNotCrashed) {
  for (const char* text : {"", "   \n", "# only a comment\n", "a: 1\n---\nb: 2\n", "? [a]\n: b\n", "a: *nobody\n",
                           "\t- a", "%", ",", ",{a: [b", "- a\n,x", "{\"a\":1e999}", "{\"a\":\"\xff\"}", "a: 'x"})
    EXPECT_FALSE(parse_document(text)) << text << " gives " << parse_document(text)->dump();
}

TEST(Document, DeepYamlIsRefusedAtOnceHoweverLongItIs) {
  for (const std::string repeated : {"[", "{", "[\n", "[a, ", "- ", "? ", "- {a: "}) {
    std::string text = "a: ";
    while (text.size() < 10'000'000) text += repeated;
    const auto begin = std::chrono::steady_clock::now();
    const auto read = parse_document(repeated == "- " || repeated == "? " ? text.substr(3) : text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2)) << repeated;
    ASSERT_FALSE(read) << repeated;
    if (repeated != "- {a: ") {
      EXPECT_NE(read.error().message.find("nested deeper than 64 levels"), std::string::npos) << read.error().message;
    }
  }
}

TEST(Document, LongYamlIsReadAsAWhole) {
  std::string text = "list:\n";
  for (int i = 0; i < 9'000; ++i) text += "  - {name: \"[[[[[[[[\", number: " + std::to_string(i) + "}\n";
  ASSERT_GT(text.size(), 64u << 10);
  const auto read = parse_document(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("list").size(), 9'000u);
  EXPECT_EQ(parse_document(text + "- }").error().message.substr(0, 26), "not valid YAML, line 9002:");
}

}  // namespace
}  // namespace ductape::inline v0::model
