// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include <ductape/units.hpp>

namespace ductape::inline v0 {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsWhatItWrites) {
  for (auto [text, value] : {std::pair<const char*, std::chrono::milliseconds>{"500ms", 500ms},
                             {"5s", 5s},
                             {"90s", 90s},
                             {"2m", 2min},
                             {"1h", 1h},
                             {"7d", 168h},
                             {"1500ms", 1500ms},
                             {"0s", 0s}}) {
    EXPECT_EQ(parse_duration(text).value(), value) << text;
    EXPECT_EQ(format_duration(value), text);
  }
  EXPECT_EQ(format_duration(24h), "1d");
  EXPECT_EQ(format_duration(-5s), "-5s");
  EXPECT_EQ(format_duration(std::chrono::milliseconds::min()), "-9223372036854775808ms");
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"", "5", "s", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "1h30m", " 5s", "5s ",
                           "9223372036854775808ms", "106751991168d", "99999999999999999999s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_NE(parsed.error().hint.find("500ms"), std::string::npos);
  }
  EXPECT_TRUE(parse_duration("9223372036854775807ms"));
}

TEST(Size, ReadsWhatItWrites) {
  for (auto [text, value] : {std::pair<const char*, std::uint64_t>{"512B", 512},
                             {"64KiB", 65536},
                             {"1MiB", 1u << 20},
                             {"2GiB", 2ull << 30},
                             {"1025B", 1025},
                             {"0B", 0}}) {
    EXPECT_EQ(parse_size(text).value(), value) << text;
    EXPECT_EQ(format_size(value), text);
  }
  EXPECT_EQ(parse_size("4096").value(), 4096u);
  EXPECT_EQ(parse_size("18446744073709551615").value(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Size, RefusesEverythingElse) {
  for (const char* text : {"", "KiB", "64KB", "64kib", "1.5MiB", "-1", "17179869184GiB", "18446744073709551616"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Time, ReadsOffsetsAndWritesUtcWithMilliseconds) {
  for (auto [text, written] :
       {std::pair<const char*, const char*>{"2026-11-21T10:11:12.345Z", "2026-11-21T10:11:12.345Z"},
        {"2026-11-21T11:11:12+01:00", "2026-11-21T10:11:12.000Z"},
        {"2026-01-01t00:30:00-05:30", "2026-01-01T06:00:00.000Z"},
        {"2024-02-29 23:59:60z", "2024-03-01T00:00:00.000Z"},
        {"1969-12-31T23:59:59.9999999999Z", "1969-12-31T23:59:59.999Z"},
        {"1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000Z"}})
    EXPECT_EQ(format_time(parse_time(text).value()), written) << text;
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026-11-21",
                           "2026-11-21T10:11:12",
                           "2026-13-21T10:11:12Z",
                           "2026-02-29T10:11:12Z",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T10:60:00Z",
                           "2026-11-21T10:11:61Z",
                           "2026-11-21T10:11:12.Z",
                           "2026-11-21T10:11:12+1:00",
                           "2026-11-21T10:11:12Z ",
                           "26-11-21T10:11:12Z",
                           "2026-11-21T10:11:12+24:00",
                           "-026-11-21T10:11:12Z",
                           "2026-11-2 T10:11:12Z",
                           "1678-01-01T00:00:00+23:59",
                           "2261-12-31T23:59:59-00:01",
                           "2262-12-31T00:00:00Z",
                           "0001-01-01T00:00:00Z",
                           "yesterday"}) {
    const auto parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().hint.find("RFC 3339"), std::string::npos);
  }
}

}  // namespace
}  // namespace ductape::inline v0
