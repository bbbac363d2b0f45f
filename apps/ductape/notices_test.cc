// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/notices.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::string told(const std::string& level, const Notice& notice) {
  testing::internal::CaptureStderr();
  Console console(false);
  telling(console, {.log_level = level})(notice);
  return testing::internal::GetCapturedStderr();
}

TEST(Notices, TheLevelDecides) {
  const Notice gap{.kind = Notice::Kind::gap, .text = "3 messages are gone"};
  for (const auto* level : {"warn", "info", "debug", "trace"})
    EXPECT_EQ(told(level, gap), "warn: 3 messages are gone\n");
  for (const auto* level : {"error", "off"}) EXPECT_EQ(told(level, gap), "") << level;
  const Notice dead{.kind = Notice::Kind::dead_lettered, .id = "id-1", .text = "rejected"};
  EXPECT_EQ(told("warn", dead), "");
  EXPECT_EQ(told("info", dead), "info: id-1: rejected\n");
}

}  // namespace
}  // namespace ductape::cli
