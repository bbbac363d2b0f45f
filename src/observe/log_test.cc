// SPDX-License-Identifier: Apache-2.0
#include "src/observe/log.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::observe {
namespace {

std::string told(LogLevel least, const Notice& notice) {
  std::string out;
  const Log log(least, [&](const LogRecord& record) {
    out += std::string(to_string(record.level)) + " " + record.message;
    for (const auto& [name, value] : record.fields) out += " " + name + "=" + value;
  });
  log.write(notice);
  return out;
}

TEST(Log, TheLevelDecides) {
  const Notice gap{.kind = Notice::Kind::gap, .event = "a:b", .group = "g", .text = "3 messages are gone"};
  for (const auto level : {LogLevel::warn, LogLevel::info, LogLevel::debug, LogLevel::trace})
    EXPECT_EQ(told(level, gap), "warn 3 messages are gone event=a:b group=g");
  for (const auto level : {LogLevel::error, LogLevel::off}) EXPECT_EQ(told(level, gap), "");
  const Notice dead{.kind = Notice::Kind::dead_lettered, .id = "id-1", .text = "rejected"};
  EXPECT_EQ(told(LogLevel::warn, dead), "");
  EXPECT_EQ(told(LogLevel::info, dead), "info rejected id=id-1");
}

TEST(Log, WithoutASinkItIsALineOnStandardError) {
  testing::internal::CaptureStderr();
  Log(LogLevel::info, {}).write(LogLevel::info, "connected", {{"broker", "orders"}});
  Log(LogLevel::off, {}).write(LogLevel::error, "never");
  const auto text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.ends_with("Z info ductape: connected broker=orders\n")) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace ductape::inline v0::observe
