// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/retry_flags.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

TEST(RetryFlags, ARangeIsTwoDurations) {
  const auto range = parse_backoff("500ms..5m").value();
  EXPECT_EQ(range.min, 500ms);
  EXPECT_EQ(range.max, 5min);
  EXPECT_EQ(parse_backoff("2s..2s").value().max, 2s);
  EXPECT_EQ(parse_backoff("0ms..0s").value().min, 0ms);
}

TEST(RetryFlags, WhatIsWrongIsSaid) {
  const auto says = [](std::string_view text) {
    auto range = parse_backoff(text);
    return range ? std::string("accepted") : range.error().message;
  };
  EXPECT_EQ(says("9s..1s"), "the minimum 9s is more than the maximum 1s");
  EXPECT_EQ(says("-1s..5s"), "the minimum -1s is negative");
  EXPECT_EQ(says("1s..-5s"), "the maximum -5s is negative");
  EXPECT_EQ(says("5s"), "\"5s\" is not a range");
  EXPECT_EQ(says(""), "\"\" is not a range");
  EXPECT_NE(says("1s..").find("the maximum: "), std::string::npos);
  EXPECT_NE(says("..5s").find("the minimum: "), std::string::npos);
  EXPECT_NE(says("1s...5s").find("the maximum: "), std::string::npos);
  EXPECT_NE(says("1..5").find("not a duration"), std::string::npos);
}

RetryOptions parsed(std::vector<std::string> arguments) {
  CLI::App app;
  RetryOptions retry;
  add_retry(app, retry);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return retry;
}

TEST(RetryFlags, WhatIsNotGivenStaysUnset) {
  const auto none = parsed({});
  EXPECT_FALSE(none.max_attempts || none.backoff_min || none.backoff_max || none.max_deliveries || none.dedup);
  const auto all = parsed({"--max-attempts", "3", "--backoff", "1s..9s", "--max-deliveries", "7"});
  EXPECT_EQ(all.max_attempts, 3u);
  EXPECT_EQ(all.backoff_min, 1s);
  EXPECT_EQ(all.backoff_max, 9s);
  EXPECT_EQ(all.max_deliveries, 7u);
}

TEST(RetryFlags, BadCountsAreRefused) {
  for (const auto* name : {"--max-attempts", "--max-deliveries"})
    for (const auto* value : {"0", "-1", "many", "99999999999", ""})
      EXPECT_THROW(parsed({name, value}), CLI::ParseError) << name << " " << value;
  EXPECT_THROW(parsed({"--backoff", "9s..1s"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--backoff", "-1s..1s"}), CLI::ParseError);
}

}  // namespace
}  // namespace ductape::cli
