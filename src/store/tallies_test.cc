// SPDX-License-Identifier: Apache-2.0
#include "src/store/tallies.h"

#include <gtest/gtest.h>

#include "src/store/at_once_test.h"

namespace ductape::inline v0::store {
namespace {

using namespace std::chrono_literals;
using model::Tallies;
using model::Tally;

class TalliesTest : public testing::Test {
 protected:
  std::unique_ptr<Tallies> open() {
    return open_tallies({.kind = Location::Kind::sqlite, .directory = directory.path()}).value();
  }
  static void add(Tallies& tallies, const std::string& scope, const Tally& seen, Tallies::Time when) {
    const Tallies::Entry entry{scope, seen};
    ASSERT_TRUE(tallies.add({&entry, 1}, when));
  }
  ScratchDirectory directory;
  const Tallies::Time now{1000h};
};

TEST_F(TalliesTest, WhatSeveralProcessesSawIsAddedUp) {
  auto one = open(), other = open();
  add(*one, "a", {.done = 3, .lost = 1}, now);
  add(*other, "a", {.done = 4, .failed = 2}, now);
  add(*other, "b", {.published = 7, .resent = 1}, now);
  EXPECT_EQ(one->read("a", now).value().all, (Tally{.done = 7, .failed = 2, .lost = 1}));
  EXPECT_EQ(one->read("b", now).value().all, (Tally{.published = 7, .resent = 1}));
  EXPECT_EQ(one->read("c", now).value().all, Tally{});
}

TEST_F(TalliesTest, RecentIsTheLastTenWholeSeconds) {
  auto tallies = open();
  for (int second = 0; second < 15; ++second) add(*tallies, "a", {.done = 100}, now + second * 1s + 400ms);
  EXPECT_EQ(tallies->read("a", now + 14s + 900ms).value().recent.done, 1000u) << "seconds 4 to 13";
  EXPECT_EQ(tallies->read("a", now + 20s).value().recent.done, 500u);
  EXPECT_EQ(tallies->read("a", now + 25s).value().recent.done, 0u);
  EXPECT_EQ(tallies->read("a", now + 25s).value().all.done, 1500u);
}

TEST_F(TalliesTest, WhatIsForgottenBeginsAtNothing) {
  auto tallies = open();
  add(*tallies, "a", {.done = 1}, now);
  add(*tallies, "b", {.done = 1}, now);
  ASSERT_TRUE(tallies->forget("a"));
  EXPECT_EQ(tallies->read("a", now + 1s).value().all, Tally{});
  EXPECT_EQ(tallies->read("a", now + 1s).value().recent, Tally{});
  EXPECT_EQ(tallies->read("b", now + 1s).value().all.done, 1u);
}

TEST_F(TalliesTest, SeveralMayMakeItAtOnce) {
  expect_that_several_may_make_it_at_once([](const Location& at) { return open_tallies(at); });
}

TEST_F(TalliesTest, WhatCannotBeWrittenIsNotHalfThere) {
  auto tallies = open();
  add(*tallies, "a", {.done = 1}, now);
  std::filesystem::remove(directory.path() + "/tally.db");
  const Tallies::Entry entry{"a", {.done = 1}};
  EXPECT_FALSE(tallies->add({&entry, 1}, now)) << "nobody else would read it";
}

TEST_F(TalliesTest, AScopeNamesTheGroupOrTheTopic) {
  EXPECT_NE(model::tally_scope("p", "e", "b:t"), model::tally_scope("p", "e", "b:t", "g"));
}

}  // namespace
}  // namespace ductape::inline v0::store
