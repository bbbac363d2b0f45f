// SPDX-License-Identifier: Apache-2.0
#include "src/client/teller.h"

#include <gtest/gtest.h>

#include "tests/support/manual_runtime.h"

namespace ductape::inline v0::client {
namespace {

using namespace std::chrono_literals;
using model::Tally;

/// Keeps what it is told, and can be unable to.
struct Notebook final : model::Tallies {
  Result<void> add(std::span<const Entry> entries, Time) override {
    ++times;
    if (broken) return Error{.code = Errc::unavailable, .message = "the disk is away"};
    for (const auto& [scope, seen] : entries) told[scope] += seen;
    return {};
  }
  Result<Kept> read(std::string_view, Time) override { return Kept{}; }
  Result<void> forget(std::string_view) override { return {}; }

  std::map<std::string, Tally> told;
  int times = 0;
  bool broken = false;
};

struct TellerTest : testing::Test {
  void tell() { teller.tell(); }

  support::ManualRuntime runtime;
  Notebook notebook;
  Teller teller{runtime, [this] { return Result<model::Tallies*>(&notebook); }};
  Tally one, other;

  void add(Tally& source, const std::string& scope) {
    teller.add(&source, scope, [&source] { return source; });
  }
};

TEST_F(TellerTest, TellsWhatCameSinceItTold) {
  add(one, "a");
  add(other, "a");
  one = {.done = 3};
  other = {.done = 1, .lost = 1};
  EXPECT_EQ(notebook.times, 0);
  tell();
  EXPECT_EQ(notebook.told["a"], (Tally{.done = 4, .lost = 1}));
  tell();
  EXPECT_EQ(notebook.times, 1) << "nothing happened, so nothing was written";
  one.done = 5;
  tell();
  EXPECT_EQ(notebook.told["a"], (Tally{.done = 6, .lost = 1}));
}

TEST_F(TellerTest, TheLastCountOfAnEndedSourceIsTold) {
  add(one, "a");
  tell();
  one.done = 2;
  teller.remove(&one);
  one = {};
  add(one, "b");  // another at its address
  one.done = 7;
  tell();
  EXPECT_EQ(notebook.told["a"], Tally{.done = 2});
  EXPECT_EQ(notebook.told["b"], Tally{.done = 7});
}

TEST_F(TellerTest, WhatCouldNotBeToldIsToldLater) {
  add(one, "a");
  one.done = 2;
  notebook.broken = true;
  tell();
  one.done = 3;
  notebook.broken = false;
  tell();
  EXPECT_EQ(notebook.told["a"], Tally{.done = 3});
}

TEST_F(TellerTest, TheTotalsAreOfTheWholeTime) {
  add(one, "a");
  add(other, "a");
  one = {.done = 2};
  tell();
  teller.remove(&one);
  other = {.done = 3};
  EXPECT_EQ(teller.totals(), (std::map<std::string, Tally>{{"a", {.done = 5}}}));
  EXPECT_EQ(notebook.told["a"], Tally{.done = 2});
}

}  // namespace
}  // namespace ductape::inline v0::client
