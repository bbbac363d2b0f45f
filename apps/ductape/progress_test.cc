// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/progress.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

TEST(Progress, ShowsShareRateAndWhatIsLeft) {
  EXPECT_EQ(progress_line({.confirmed = 10'400, .bytes_read = 52, .bytes_total = 100, .elapsed = 2s}, 100),
            "[##########..........]  52 %  10,400 confirmed  5,200/s  0:02 left");
  EXPECT_EQ(progress_line({.confirmed = 1, .refused = 2, .bytes_read = 100, .bytes_total = 100, .elapsed = 1s}, 100),
            "[####################] 100 %  1 confirmed  2 refused  1/s  0:00 left");
}

TEST(Progress, WithoutATotalThereIsNoBar) {
  EXPECT_EQ(progress_line({.confirmed = 1'234'567, .bytes_read = 5, .elapsed = 10s}, 100),
            "1,234,567 confirmed  123,457/s");
  EXPECT_EQ(progress_line({.bytes_read = 5, .bytes_total = 0}, 100), "0 confirmed  0/s");
}

TEST(Progress, FitsTheTerminal) {
  const Progress progress{.confirmed = 10, .bytes_read = 1, .bytes_total = 1'000'000'000, .elapsed = 10s};
  for (std::size_t width : {0u, 1u, 10u, 40u}) EXPECT_LE(progress_line(progress, width).size(), width) << width;
  EXPECT_NE(progress_line(progress, 200).find("99:59:59 left"), std::string::npos);
}

}  // namespace
}  // namespace ductape::cli
