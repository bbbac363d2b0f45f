// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/errors.h"

#include <gtest/gtest.h>
#include <nats/nats.h>

#include <set>

namespace ductape::inline v0::nats {
namespace {

TEST(Errors, EachRowSaysWhatAndWhatToDo) {
  std::set<int> seen;
  for (const auto& row : native_codes()) {
    EXPECT_TRUE(seen.insert(row.native).second) << row.native << " stands twice";
    EXPECT_NE(row.code, Errc::ok) << row.native;
    EXPECT_FALSE(row.what.empty()) << row.native;
    EXPECT_FALSE(row.hint.empty()) << row.native;
    const auto error = row.native < 10'000 ? from_status(row.native, "the thing")
                                           : from_jetstream(row.native, 400, "the thing", "its own words");
    EXPECT_EQ(error.code, row.code);
    EXPECT_EQ(error.provider, "nats");
    EXPECT_TRUE(error.message.starts_with("the thing: ")) << error.message;
    EXPECT_FALSE(error.native.empty()) << row.native;
  }
}

TEST(Errors, WhatIsInTheTableForWhoConnects) {
  EXPECT_EQ(from_status(NATS_CONNECTION_AUTH_FAILED, "x").code, Errc::unauthenticated);
  EXPECT_EQ(from_status(NATS_NO_SERVER, "x").code, Errc::unavailable);
  EXPECT_EQ(from_status(NATS_NOT_PERMITTED, "x").code, Errc::permission_denied);
  EXPECT_EQ(from_status(NATS_MAX_PAYLOAD, "x").code, Errc::message_too_large);
}

TEST(Errors, WhatIsNotInTheTable) {
  EXPECT_EQ(from_status(NATS_ILLEGAL_STATE, "x").code, Errc::internal);
  EXPECT_EQ(from_jetstream(10'999, 404, "x", "w").code, Errc::not_found);
  EXPECT_EQ(from_jetstream(10'999, 503, "x", "w").code, Errc::unavailable);
  EXPECT_EQ(from_jetstream(10'999, 400, "x", "w").code, Errc::invalid_argument);
}

}  // namespace
}  // namespace ductape::inline v0::nats
