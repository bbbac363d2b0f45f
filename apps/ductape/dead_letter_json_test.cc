// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/dead_letter_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace ductape::cli {
namespace {

DeadLetter some() {
  const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'763'719'872'345));
  return {.id = "id-1",
          .reason = "max_attempts",
          .error = "card refused",
          .attempts = 5,
          .deliveries = 6,
          .first_failure = time,
          .last_failure = time + std::chrono::seconds(3),
          .group = "billing",
          .event = "orders:new",
          .key = "k",
          .headers = {{"x", "1"}},
          .content_type = "application/json",
          .body = R"({"a": 1})"};
}

std::string json(const DeadLetter& dead) {
  std::string out;
  append_dead_letter(out, dead);
  return out;
}

TEST(DeadLetterJson, HasEveryMemberInItsPlace) {
  EXPECT_EQ(json(some()), R"({"id":"id-1","reason":"max_attempts","error":"card refused","attempts":5,"deliveries":6,)"
                          R"("first_failure":"2025-11-21T10:11:12.345Z","last_failure":"2025-11-21T10:11:15.345Z",)"
                          R"("group":"billing","event":"orders:new","key":"k","headers":{"x":"1"},"body":{"a": 1}})");
}

TEST(DeadLetterJson, WhatNobodyKnowsIsNull) {
  auto dead = some();
  dead.deliveries.reset();
  dead.first_failure.reset();
  dead.key.clear();
  dead.error.clear();
  const auto read = nlohmann::json::parse(json(dead));
  for (const auto* name : {"deliveries", "first_failure", "key", "error"}) EXPECT_TRUE(read[name].is_null()) << name;
}

TEST(DeadLetterJson, ABodyThatIsNotJsonIsBase64) {
  auto dead = some();
  dead.body = "{bad";
  const auto read = nlohmann::json::parse(json(dead));
  EXPECT_EQ(read["body_base64"], "e2JhZA==");
  EXPECT_FALSE(read.contains("body"));
}

TEST(DeadLetterJson, TheTableCutsErrorsAndNeverIds) {
  auto dead = some();
  dead.id = std::string(64, 'i');
  dead.error = std::string(200, 'e') + "\x1b[2J";
  const auto text = dead_letter_table({dead});
  EXPECT_NE(text.find(dead.id + "  max_attempts         5           6  2025-11-21T10:11:15.345Z  k"), text.npos)
      << text;
  EXPECT_NE(text.find("eee…\n"), text.npos) << text;
  EXPECT_EQ(text.find('\x1b'), text.npos);
}

TEST(DeadLetterJson, TheOutlineEndsWithTheBody) {
  auto dead = some();
  dead.headers = {{"x", "\x1b[2J"}};
  const auto text = dead_letter_outline(dead);
  EXPECT_NE(text.find("reason: max_attempts\nerror: card refused\n"), text.npos) << text;
  EXPECT_TRUE(text.ends_with("body: {\"a\": 1}\n")) << text;
  EXPECT_EQ(text.find('\x1b'), text.npos);
}

}  // namespace
}  // namespace ductape::cli
