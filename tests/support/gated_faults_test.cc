// SPDX-License-Identifier: Apache-2.0
#include "tests/support/gated_faults.h"

#include <gtest/gtest.h>

#include "tests/support/redis_server.h"
#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

TEST(GatedFaults, AreThoseOfTheServerAndOfTheGate) {
  RedisServer server;
  GatedFaults faults(server.process(), server.port(), driver::Survives::process_crash);
  const auto answers = [&] { return ask(faults.port(), "PING\r\n") == "+PONG\r\n"; };
  const auto is_silent = [&] {
    TextConnection connection(faults.port());
    connection.send("PING\r\n");
    return connection.is_silent();
  };
  EXPECT_TRUE(answers());
  for (const auto end : {&testing::ServerFaults::stop, &testing::ServerFaults::kill}) {
    TextConnection before(faults.port());
    (faults.*end)();
    EXPECT_TRUE(before.is_closed());
    EXPECT_THROW(TextConnection(faults.port()), std::runtime_error) << "refused, not accepted and closed";
    faults.start();
    faults.start();
    EXPECT_TRUE(answers());
  }
  faults.freeze();
  EXPECT_TRUE(is_silent());
  faults.thaw();
  faults.stall();
  EXPECT_TRUE(is_silent());
  faults.resume();
  EXPECT_TRUE(answers());
  EXPECT_GE(faults.connections(), 6u);
}

}  // namespace
}  // namespace ductape::inline v0::support
