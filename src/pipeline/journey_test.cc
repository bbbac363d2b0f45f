// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/journey.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::pipeline {
namespace {

std::optional<std::uint64_t> read(std::string_view value) {
  const driver::Header attribute{.name = journey::due, .value = value};
  return number({&attribute, 1}, journey::due);
}

TEST(Journey, ANumberIsOneAsAWhole) {
  EXPECT_EQ(read("0"), 0u);
  EXPECT_EQ(read("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "18446744073709551616", "99999999999999999999999"})
    EXPECT_EQ(read(text), std::nullopt) << text;
}

TEST(Journey, ATimeComesBackAsItWasWritten) {
  EXPECT_EQ(in_milliseconds(from_milliseconds(1'763'720'000'123)), "1763720000123");
  EXPECT_EQ(from_milliseconds(0), driver::WallTime{});
}

TEST(Journey, ATimeBeyondWhatAClockHoldsIsTheLastOne) {
  const auto last = std::chrono::floor<driver::Millis>(driver::WallTime::max());
  for (const std::uint64_t value : {9'223'372'036'855u, 9'223'372'036'854'775'807u, 18'446'744'073'709'551'615u})
    EXPECT_EQ(from_milliseconds(value), last) << value;
}

}  // namespace
}  // namespace ductape::inline v0::pipeline
