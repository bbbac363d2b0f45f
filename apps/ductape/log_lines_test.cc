// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/log_lines.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

std::string told(bool json) {
  testing::internal::CaptureStderr();
  Console console(json);
  log_lines(console)({.level = LogLevel::warn,
                      .time = std::chrono::system_clock::time_point(std::chrono::seconds(1)),
                      .message = "3 are \"gone\"",
                      .fields = {{"event", "a:b"}, {"id", "id-1"}}});
  return testing::internal::GetCapturedStderr();
}

TEST(LogLines, ForPeopleAndForPrograms) {
  EXPECT_EQ(told(false), "warn: id-1: 3 are \"gone\"\n");
  EXPECT_EQ(told(true), R"({"level":"warn","time":"1970-01-01T00:00:01.000Z","message":"3 are \"gone\"",)"
                        R"("event":"a:b","id":"id-1"})"
                        "\n");
}

TEST(LogLines, TheLevelsAreThoseOfTheOption) {
  for (const auto level :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off})
    EXPECT_EQ(log_level_of({.log_level = std::string(to_string(level))}), level);
}

}  // namespace
}  // namespace ductape::cli
