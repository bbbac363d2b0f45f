// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/nearest.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edits("", "abc"), 3u);
  EXPECT_EQ(edits("kitten", "sitting"), 3u);
  EXPECT_EQ(edits("same", "same"), 0u);
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known{"--count", "--timeout", "--idle"};
  EXPECT_EQ(nearest("--cuont", known), "--count");
  EXPECT_EQ(nearest("--time-out", known), "--timeout");
  EXPECT_EQ(nearest("--max-attempts", known), "");
  EXPECT_EQ(nearest("x", {"init"}), "");
}

}  // namespace
}  // namespace ductape::cli
