// SPDX-License-Identifier: Apache-2.0
#include "src/store/handled_ids.h"

#include <gtest/gtest.h>

#include "src/store/at_once_test.h"

namespace ductape::inline v0::store {
namespace {

using namespace std::chrono_literals;
using Standing = model::HandledIds::Standing;

class HandledIdsTest : public testing::Test {
 protected:
  std::unique_ptr<model::HandledIds> open() {
    return open_handled_ids({.kind = Location::Kind::sqlite, .directory = directory.path()}).value();
  }
  Standing take(model::HandledIds& ids, std::uint64_t owner, std::chrono::seconds after = 0s) {
    return ids.take("g", "m", owner, now + after, now + after + 30s).value();
  }
  ScratchDirectory directory;
  const model::HandledIds::Time now{1000h};
};

TEST_F(HandledIdsTest, AnIdIsOneOwnersAtATime) {
  auto one = open(), other = open();
  EXPECT_EQ(take(*one, 1), Standing::ours);
  EXPECT_EQ(take(*other, 2), Standing::taken);
  EXPECT_EQ(take(*one, 1), Standing::ours) << "more time";
  EXPECT_EQ(other->take("h", "m", 2, now, now + 30s).value(), Standing::ours) << "another group";
  EXPECT_EQ(other->take("g", "n", 2, now, now + 30s).value(), Standing::ours) << "another message";
}

TEST_F(HandledIdsTest, WhatWasNotHandledIsFreeAgain) {
  auto ids = open();
  take(*ids, 1);
  ASSERT_TRUE(ids->give_up("g", "m", 2)) << "not theirs";
  EXPECT_EQ(take(*ids, 2), Standing::taken);
  ASSERT_TRUE(ids->give_up("g", "m", 1));
  EXPECT_EQ(take(*ids, 2), Standing::ours);
}

TEST_F(HandledIdsTest, WhoDiedLosesItInTime) {
  auto ids = open();
  take(*ids, 1);
  EXPECT_EQ(take(*ids, 2, 29s), Standing::taken);
  EXPECT_EQ(take(*ids, 2, 30s), Standing::ours);
}

TEST_F(HandledIdsTest, HandledCountsForTheWholeWindow) {
  auto ids = open();
  take(*ids, 1);
  ASSERT_TRUE(ids->handled("g", "m", now, now + 1h));
  EXPECT_EQ(take(*open(), 2), Standing::handled);
  EXPECT_EQ(take(*ids, 1), Standing::handled) << "even to whom it belonged";
  ASSERT_TRUE(ids->give_up("g", "m", 1));
  EXPECT_EQ(take(*ids, 2, 3599s), Standing::handled);
  EXPECT_EQ(take(*ids, 2, 3600s), Standing::ours);
}

TEST_F(HandledIdsTest, WhatIsOverIsRemoved) {
  auto ids = open();
  for (int i = 0; i < 600; ++i)
    ASSERT_TRUE(ids->handled("g", std::to_string(i), now + std::chrono::seconds(i), now + std::chrono::seconds(i + 1)));
  EXPECT_EQ(ids->take("g", "0", 1, now, now + 1s).value(), Standing::ours) << "its row is gone, or it would be handled";
}

TEST_F(HandledIdsTest, SeveralMayMakeItAtOnce) {
  expect_that_several_may_make_it_at_once([](const Location& at) { return open_handled_ids(at); });
}

}  // namespace
}  // namespace ductape::inline v0::store
