// SPDX-License-Identifier: Apache-2.0
#include "src/model/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace ductape::inline v0::model {
namespace {

constexpr std::array<std::string_view, 4> known{"name", "tag", "envs", "description"};

TEST(Nearest, FindsSlipsOfTheFinger) {
  EXPECT_EQ(nearest("nmae", known), "name");  // swapped neighbours
  EXPECT_EQ(nearest("tags", known), "tag");   // one too many
  EXPECT_EQ(nearest("env", known), "envs");   // one too few
  EXPECT_EQ(nearest("Discription", known), "description");
  EXPECT_EQ(nearest("NAME", known), "name");
}

TEST(Nearest, KeepsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("retention", known), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(1000, 'n'), known), "");
  EXPECT_EQ(did_you_mean("retention", known), "");
  EXPECT_EQ(did_you_mean("tga", known), "; did you mean \"tag\"?");
}

}  // namespace
}  // namespace ductape::inline v0::model
