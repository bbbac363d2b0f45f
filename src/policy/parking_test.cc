// SPDX-License-Identifier: Apache-2.0
#include "src/policy/parking.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::policy {
namespace {

TEST(Parking, AtTheProviderWhereThatReaches) {
  const ParkingLot lot{.provider_max = Millis{60'000}, .most_here = 256};
  EXPECT_EQ(where_to_park(Millis{60'000}, false, lot), Parking::at_provider);
  EXPECT_EQ(where_to_park(Millis{60'001}, false, lot), Parking::moved);
}

TEST(Parking, ShortWaitsHereUntilTheLotIsFull) {
  const ParkingLot room{.most_here = 2, .here = 1}, full{.most_here = 2, .here = 2};
  EXPECT_EQ(where_to_park(longest_wait_here, false, room), Parking::here);
  EXPECT_EQ(where_to_park(longest_wait_here + Millis{1}, false, room), Parking::moved);
  EXPECT_EQ(where_to_park(Millis{1}, false, full), Parking::moved);
}

TEST(Parking, InOrderNothingLeavesItsLane) {
  const ParkingLot full{.provider_max = Millis{60'000}, .most_here = 2, .here = 2};
  EXPECT_EQ(where_to_park(Millis{300'000}, true, full), Parking::here);
}

}  // namespace
}  // namespace ductape::inline v0::policy
