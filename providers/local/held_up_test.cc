// SPDX-License-Identifier: Apache-2.0
// What becomes of publishes while somebody holds the file for too long.
#include <gtest/gtest.h>

#include <thread>

#include "providers/local/local_test.h"
#include "providers/local/turnstile.h"

namespace ductape::inline v0::local::test {
namespace {

using namespace std::chrono_literals;

TEST(HeldUp, WhatWasCalledForBehindAFailureIsNotStoredAheadOfIt) {
  Directory directory;
  TestRuntime runtime;
  Broker broker(directory.path(), runtime);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  auto wake = WakeFile::open(directory.file(".wake")).value();
  auto turnstile = Turnstile::open(directory.file(".turnstile"), wake.turns()).value();
  ASSERT_TRUE(turnstile.enter(runtime, runtime.now() + 5s));
  Sender sender(*broker);
  const auto first = sender.submit(to, "first", "k", "");
  while (wake.turns().queue.load() == 0) std::this_thread::yield();  // until it waits for the file
  const auto second = sender.submit(to, "second", "k", "");
  EXPECT_EQ(sender.wait(first).error.code, Errc::unavailable);
  EXPECT_EQ(sender.wait(second).error.code, Errc::unavailable) << "although the file may be free by its turn";
  turnstile.leave();
  EXPECT_EQ(broker.inspect(to, "g")->waiting, 0u);
  EXPECT_FALSE(sender.send(to, "first", "k", "").error);
  EXPECT_FALSE(sender.send(to, "second", "k", "").error);
  EXPECT_EQ(broker.inspect(to, "g")->waiting, 2u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
