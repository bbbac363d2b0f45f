// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/last_words.h"

#include <vector>

#include <gtest/gtest.h>

#include <ductape/utf8.hpp>

namespace ductape::cli {
namespace {

struct Heard {
  std::vector<std::string> lines;
  LastWords words{[this](std::string_view line) { lines.emplace_back(line); }};
};

TEST(LastWords, LinesGoOnAsTheyEnd) {
  Heard heard;
  heard.words.feed("one\ntw");
  EXPECT_EQ(heard.lines, (std::vector<std::string>{"one"}));
  heard.words.feed("o\n\nthree");
  heard.words.finish();
  EXPECT_EQ(heard.lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(heard.words.last(), "three");
}

TEST(LastWords, TheLastLineIsNeverBlank) {
  Heard heard;
  heard.words.feed("why\r\n  \n\n");
  heard.words.finish();
  EXPECT_EQ(heard.words.last(), "why");
}

TEST(LastWords, NothingSaidIsNothing) {
  Heard heard;
  heard.words.finish();
  EXPECT_EQ(heard.words.last(), "");
  EXPECT_TRUE(heard.lines.empty());
}

TEST(LastWords, ALongLineIsCutBetweenCharacters) {
  Heard heard;
  std::string line = "x";
  for (int i = 0; i < 1000; ++i) line += "ü";
  heard.words.feed(line + "\n");
  EXPECT_EQ(heard.lines.front(), line);
  EXPECT_EQ(heard.words.last(), line.substr(0, 1023));
}

TEST(LastWords, ALineWithoutEndDoesNotFillTheMemory) {
  Heard heard;
  heard.words.feed(std::string(200u << 10, 'x'));
  EXPECT_EQ(heard.lines.size(), 3u);
  EXPECT_EQ(heard.words.last().size(), 1024u);
}

TEST(LastWords, WhatIsNotUtf8IsReplaced) { EXPECT_EQ(utf8_prefix("a\xFFz", 10), "a\xEF\xBF\xBDz"); }

}  // namespace
}  // namespace ductape::cli
