// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/exit_code.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

ExitCode of(Errc code, std::string provider = {}) { return exit_code({.code = code, .provider = std::move(provider)}); }

TEST(ExitCode, WrongInputAndUnusableStoreAreTwo) {
  for (auto code : {Errc::invalid_argument, Errc::not_found, Errc::already_exists, Errc::message_too_large,
                    Errc::conflict, Errc::unsupported, Errc::data_loss, Errc::permission_denied})
    EXPECT_EQ(of(code), wrong) << to_string(code);
}

TEST(ExitCode, WhatAServerRefusesOrCannotDoNowIsOne) {
  for (auto code : {Errc::unauthenticated, Errc::permission_denied, Errc::unavailable, Errc::timed_out, Errc::throttled,
                    Errc::queue_full, Errc::closed, Errc::internal})
    EXPECT_EQ(of(code, "kafka"), failed) << to_string(code);
}

TEST(ExitCode, TheEmbeddedBrokersFilesAreTheStores) {
  EXPECT_EQ(of(Errc::permission_denied, "local"), wrong);
  EXPECT_EQ(of(Errc::timed_out, "local"), failed);
}

TEST(ExitCode, AFileThatSomebodyHoldsIsNoBadInputAndADiskThatIsFullIs) {
  EXPECT_EQ(of(Errc::unavailable), failed);
  EXPECT_EQ(of(Errc::unavailable, "local"), failed);
  EXPECT_EQ(exit_code({.code = Errc::unavailable, .provider = "local", .documented = "STORE_UNUSABLE"}), wrong);
}

TEST(ExitCode, UnknownOutcomeWins) {
  EXPECT_EQ(of(Errc::outcome_unknown), outcome_unknown);
  EXPECT_EQ(worse(partly, outcome_unknown), outcome_unknown);
  EXPECT_EQ(worse(done, partly), partly);
}

}  // namespace
}  // namespace ductape::cli
