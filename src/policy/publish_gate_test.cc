// SPDX-License-Identifier: Apache-2.0
#include "src/policy/publish_gate.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace ductape::policy {
namespace {

TEST(PublishGate, IsBoundedByCount) {
  PublishGate gate(2, 1'000);
  EXPECT_TRUE(gate.try_enter(1));
  EXPECT_TRUE(gate.try_enter(1));
  EXPECT_FALSE(gate.try_enter(1));
  gate.leave(1);
  EXPECT_TRUE(gate.try_enter(1));
}

TEST(PublishGate, IsBoundedByBytesToTheLastOne) {
  PublishGate gate(10, 100);
  EXPECT_TRUE(gate.try_enter(60));
  EXPECT_FALSE(gate.try_enter(41));
  EXPECT_TRUE(gate.try_enter(40));
  EXPECT_FALSE(gate.try_enter(1));
  EXPECT_TRUE(gate.try_enter(0));
}

TEST(PublishGate, WhatWasRefusedLeftNoTrace) {
  PublishGate gate(10, 100);
  ASSERT_TRUE(gate.try_enter(60));
  ASSERT_FALSE(gate.try_enter(50));
  EXPECT_EQ(gate.count(), 1U);
  EXPECT_EQ(gate.bytes(), 60U);
}

TEST(PublishGate, LetsAnOversizedMessageInAlone) {
  PublishGate gate(10, 100);
  ASSERT_TRUE(gate.try_enter(1));
  EXPECT_FALSE(gate.try_enter(500));
  gate.leave(1);
  EXPECT_TRUE(gate.idle());
  EXPECT_TRUE(gate.try_enter(500));
  EXPECT_FALSE(gate.try_enter(0)) << "the byte bound is passed already";
  gate.leave(500);
  EXPECT_EQ(gate.bytes(), 0U);
  EXPECT_TRUE(gate.try_enter(1));
}

TEST(PublishGate, SizesNearTheEndOfTheirTypeDoNotWrapAround) {
  PublishGate gate(10, 100);
  ASSERT_TRUE(gate.try_enter(1));
  EXPECT_FALSE(gate.try_enter(SIZE_MAX));
  EXPECT_FALSE(gate.try_enter(SIZE_MAX - 50));
}

TEST(PublishGate, BoundsOfZeroLetOneInAtATime) {
  PublishGate gate(0, 0);
  EXPECT_TRUE(gate.try_enter(1));
  EXPECT_FALSE(gate.try_enter(1));
  gate.leave(1);
  EXPECT_TRUE(gate.try_enter(1));
}

}  // namespace
}  // namespace ductape::policy
