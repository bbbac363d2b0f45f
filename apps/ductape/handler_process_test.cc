// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/handler_process.h"

#include <dirent.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

// All that it says on standard error, until nobody has it open.
std::string said(const HandlerProcess& process) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd readable{.fd = process.errors(), .events = POLLIN, .revents = 0};
    poll(&readable, 1, 10'000);
    const auto got = read(process.errors(), buffer.data(), buffer.size());
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

HandlerProcess started(const std::string& command, std::string_view input = {},
                       const std::vector<std::string>& environment = {"PATH=/usr/bin:/bin"}) {
  return HandlerProcess::start(command, input, environment).value();
}

std::size_t open_descriptors() {
  DIR* listing = opendir("/proc/self/fd");
  std::size_t count = 0;
  while (readdir(listing)) ++count;
  closedir(listing);
  return count;
}

TEST(HandlerProcess, ReadsItsWholeInputAndItsEnvironment) {
  const std::string input(1 << 20, 'x');
  auto process = started("echo \"$A $(wc -c)\" >&2", input, {"PATH=/usr/bin:/bin", "A=b c"});
  EXPECT_EQ(said(process), "b c 1048576\n");
  EXPECT_EQ(process.reap().status, 0);
}

TEST(HandlerProcess, InputIsAFileThatIsReadFromItsBegin) {
  auto process = started("read a; read b; echo \"$b\" >&2; exit 65", "one\ntwo\n");
  EXPECT_EQ(said(process), "two\n");
  const auto end = process.reap();
  EXPECT_EQ(end.status, 65);
  EXPECT_EQ(end.signal, 0);
}

TEST(HandlerProcess, TellsTheSignalThatKilledIt) {
  auto process = started("kill -USR1 $$");
  EXPECT_EQ(process.reap().signal, SIGUSR1);
}

TEST(HandlerProcess, ACommandThatIsNotThereEndsWith127) {
  auto process = started("/absent/command");
  EXPECT_NE(said(process).find("not found"), std::string::npos);
  EXPECT_EQ(process.reap().status, 127);
}

TEST(HandlerProcess, ASignalReachesItsWholeGroup) {
  auto process = started("sleep 1000 & sleep 1000 & wait");
  process.signal(SIGKILL);
  EXPECT_EQ(said(process), "");  // ends only when the last of them is gone
  EXPECT_EQ(process.reap().signal, SIGKILL);
}

TEST(HandlerProcess, SignalsAreAsAProgramExpectsThem) {
  ::signal(SIGPIPE, SIG_IGN);
  auto process = started("kill -PIPE $$");
  EXPECT_EQ(process.reap().signal, SIGPIPE);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST(HandlerProcess, HasThreeDescriptorsAndLeavesNone) {
  // What the caller of this test left open is not of interest.
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  const auto before = open_descriptors();
  {
    auto other = started("sleep 1000");  // what belongs to one must not be open in the next
    auto process = started("exec >&2; ls /proc/$$/fd");
    EXPECT_EQ(said(process), "0\n1\n2\n");
    process.reap();
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(HandlerProcess, AnEnvironmentThatIsTooLongIsTold) {
  auto process = HandlerProcess::start("true", "", {"A=" + std::string(8u << 20, 'x')});
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, Errc::message_too_large);
}

}  // namespace
}  // namespace ductape::cli
