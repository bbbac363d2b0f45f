// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/key_pointer.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::string key(std::string_view pointer, std::string_view json) {
  auto key = KeyPointer::parse(pointer).value().key_of(json);
  return key ? *key : "! " + key.error().message;
}

TEST(KeyPointer, FollowsMembersAndElements) {
  EXPECT_EQ(key("/origin", R"({"date":"x","origin":"DTW","to":{"origin":"no"}})"), "DTW");
  EXPECT_EQ(key("/a/b", R"({"b":"no","a":{"x":[{"b":"no"}],"b":"yes"},"c":{"b":"no"}})"), "yes");
  EXPECT_EQ(key("/items/1/id", R"({"items":[{"id":"no"},{"id":"yes"},{"id":"no"}]})"), "yes");
  EXPECT_EQ(key("/1/1", R"([["a","b"],["c","d"]])"), "d");
  EXPECT_EQ(key("", R"("whole")"), "whole");
  EXPECT_EQ(key("/", R"({"":"empty name"})"), "empty name");
  EXPECT_EQ(key("/a~1b/m~0n", R"({"a/b":{"m~n":"escaped"}})"), "escaped");
  EXPECT_EQ(key("/0", R"({"0":"a name"})"), "a name");
}

TEST(KeyPointer, AbsentOrNullIsNoKey) {
  EXPECT_EQ(key("/x", R"({"y":1})"), "");
  EXPECT_EQ(key("/x", R"({"x":null})"), "");
  EXPECT_EQ(key("/x/y", R"({"x":"text"})"), "");
  EXPECT_EQ(key("/01", R"(["a","b"])"), "");
  EXPECT_EQ(key("/-", R"(["a"])"), "");
  EXPECT_EQ(key("/x", "3"), "");
}

TEST(KeyPointer, NumbersKeepTheirText) {
  for (auto text : {"0", "-0", "-7", "18446744073709551615", "99999999999999999999", "1.50", "1e3", "1E+3", "-0.0"})
    EXPECT_EQ(key("/n", std::string(R"({"n":)") + text + "}"), text);
  EXPECT_EQ(key("/n", R"({"n":true})"), "true");
}

TEST(KeyPointer, ObjectsAndArraysAreRefused) {
  EXPECT_EQ(key("/k", R"({"k":{}})"), "! the key at \"/k\" is an object or an array");
  EXPECT_EQ(key("/k", R"({"k":[1]})"), "! the key at \"/k\" is an object or an array");
  EXPECT_EQ(key("", "[]"), "! the key at \"\" is an object or an array");
}

TEST(KeyPointer, OfANameThatComesTwiceTheLastCounts) {
  EXPECT_EQ(key("/k", R"({"k":[],"k":"b"})"), "b");
  EXPECT_EQ(key("/k/x", R"({"k":{"x":"a"},"k":1})"), "");
}

TEST(KeyPointer, SaysWhereABodyIsNoJson) {
  EXPECT_EQ(key("/k", R"({"k":"a")"), "! not JSON: at byte 9: unexpected end of input; expected '}'");
  EXPECT_EQ(key("/k", std::string_view("{\"k\":1}\0", 8)), "! not JSON: at byte 8: a NUL byte");
}

TEST(KeyPointer, ABadPointerIsNamed) {
  for (auto bad : {"origin", "/a~", "/a~2"}) {
    auto pointer = KeyPointer::parse(bad);
    ASSERT_FALSE(pointer) << bad;
    EXPECT_NE(pointer.error().message.find(bad), std::string::npos);
  }
}

}  // namespace
}  // namespace ductape::cli
