// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/progress.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

TEST(Progress, ShowsShareRateAndWhatIsLeft) {
  EXPECT_EQ(progress_line({.count = 10'400, .covered = 52, .whole = 100, .elapsed = 2s}, 100),
            "[##########..........]  52 %  10,400 confirmed  5,200/s  0:02 left");
  EXPECT_EQ(progress_line({.count = 1, .refused = 2, .covered = 100, .whole = 100, .elapsed = 1s}, 100),
            "[####################] 100 %  1 confirmed  2 refused  1/s  0:00 left");
}

TEST(Progress, WithoutATotalThereIsNoBar) {
  EXPECT_EQ(progress_line({.count = 1'234'567, .covered = 5, .elapsed = 10s}, 100), "1,234,567 confirmed  123,457/s");
  EXPECT_EQ(progress_line({.covered = 5, .whole = 0}, 100), "0 confirmed  0/s");
}

TEST(Progress, SaysWhatIsCounted) {
  EXPECT_EQ(progress_line({.count = 5, .what = "redriven", .covered = 5, .whole = 20, .elapsed = 1s}, 100),
            "[#####...............]  25 %  5 redriven  5/s  0:03 left");
}

TEST(Progress, FitsTheTerminal) {
  const Progress progress{.count = 10, .covered = 1, .whole = 1'000'000'000, .elapsed = 10s};
  for (std::size_t width : {0u, 1u, 10u, 40u}) EXPECT_LE(progress_line(progress, width).size(), width) << width;
  EXPECT_NE(progress_line(progress, 200).find("99:59:59 left"), std::string::npos);
}

}  // namespace
}  // namespace ductape::cli
