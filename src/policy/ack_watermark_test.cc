// SPDX-License-Identifier: Apache-2.0
#include "src/policy/ack_watermark.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace ductape::policy {
namespace {

TEST(AckWatermark, CommitsOnlyTheContiguousPrefix) {
  AckWatermark watermark;
  for (std::int64_t position : {10, 11, 12, 13}) watermark.delivered(position);
  EXPECT_EQ(watermark.unsettled(), 4U);
  watermark.done(11);
  watermark.done(13);
  EXPECT_EQ(watermark.take_commit(), std::nullopt);
  watermark.done(10);
  EXPECT_EQ(watermark.take_commit(), 11);
  EXPECT_EQ(watermark.take_commit(), std::nullopt) << "it did not rise since";
  EXPECT_EQ(watermark.unsettled(), 1U);
  watermark.done(12);
  EXPECT_EQ(watermark.take_commit(), 13);
  EXPECT_EQ(watermark.unsettled(), 0U);
}

TEST(AckWatermark, HolesInTheLogDoNotHoldItBack) {
  AckWatermark watermark;
  for (std::int64_t position : {1, 5, 6, 1'000'000}) watermark.delivered(position);
  watermark.done(1'000'000);
  watermark.done(5);
  watermark.done(1);
  EXPECT_EQ(watermark.take_commit(), 5);
  watermark.done(6);
  EXPECT_EQ(watermark.take_commit(), 1'000'000);
}

TEST(AckWatermark, WhatWasNeverDeliveredIsIgnored) {
  AckWatermark watermark;
  watermark.done(1);
  watermark.delivered(5);
  watermark.delivered(8);
  for (std::int64_t position : {4, 6, 7, 9}) watermark.done(position);
  EXPECT_EQ(watermark.unsettled(), 2U);
  EXPECT_EQ(watermark.take_commit(), std::nullopt);
}

TEST(AckWatermark, DoneTwiceIsDoneOnce) {
  AckWatermark watermark;
  for (std::int64_t position : {1, 2, 3}) watermark.delivered(position);
  watermark.done(2);
  watermark.done(2);
  EXPECT_EQ(watermark.unsettled(), 2U);
  watermark.done(1);
  watermark.done(1);
  EXPECT_EQ(watermark.unsettled(), 1U);
  EXPECT_EQ(watermark.take_commit(), 2);
}

TEST(AckWatermark, ARepeatChangesNothing) {
  AckWatermark watermark;
  watermark.delivered(1);
  watermark.delivered(2);
  watermark.delivered(1);
  watermark.done(1);
  watermark.done(2);
  EXPECT_EQ(watermark.take_commit(), 2);
  watermark.delivered(2);
  EXPECT_EQ(watermark.unsettled(), 0U) << "it is committed";
}

TEST(AckWatermark, TakesAnyPosition) {
  using Limits = std::numeric_limits<std::int64_t>;
  AckWatermark watermark;
  for (std::int64_t position : {Limits::min(), std::int64_t{-1}, std::int64_t{0}, Limits::max()}) {
    watermark.delivered(position);
  }
  watermark.done(Limits::max());
  watermark.done(0);
  watermark.done(-1);
  EXPECT_EQ(watermark.take_commit(), std::nullopt);
  watermark.done(Limits::min());
  EXPECT_EQ(watermark.take_commit(), Limits::max());
}

// Against a map of all that was ever delivered.
TEST(AckWatermark, AgreesWithANaiveModel) {
  std::mt19937 random(1);
  for (const unsigned hole : {1U, 2U, 50U}) {
    AckWatermark watermark;
    std::map<std::int64_t, bool> model;
    std::vector<std::int64_t> open;
    std::optional<std::int64_t> committed;
    std::int64_t position = 0;
    int commits = 0;
    for (int step = 0; step < 4'000; ++step) {
      if (open.empty() || random() % 100 < 51) {
        position += 1 + random() % hole;
        watermark.delivered(position);
        model[position] = false;
        open.push_back(position);
      } else {
        const std::size_t nth = random() % open.size();
        watermark.done(open[nth]);
        model[open[nth]] = true;
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(nth));
      }
      ASSERT_EQ(watermark.unsettled(), open.size());
      if (random() % 4 != 0) continue;
      std::optional<std::int64_t> expected;
      for (const auto& [at, done] : model) {
        if (!done) break;
        expected = at;
      }
      const auto taken = watermark.take_commit();
      ASSERT_EQ(taken, expected == committed ? std::nullopt : expected) << "step " << step;
      commits += taken.has_value();
      committed = expected;
    }
    EXPECT_GT(commits, 10);
  }
}

}  // namespace
}  // namespace ductape::policy
