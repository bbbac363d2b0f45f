// SPDX-License-Identifier: Apache-2.0
// Processes that die at crash points, and how long the write-ahead log gets.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>

#include <ductape/driver/fault.hpp>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

class Crash : public testing::TestWithParam<const char*> {
 protected:
  Directory directory_;
};

/// Publishes and consumes until it dies; each confirmed id and each settled id is a line on stdout. Run by the tests in
/// a process of its own, as crash points are read from the environment once.
TEST(CrashingProcess, DISABLED_PublishesAndConsumes) {
  const char* directory = std::getenv("LOCAL_TEST_DIRECTORY");
  ASSERT_NE(directory, nullptr);
  TestRuntime runtime;
  Broker broker(directory, runtime);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  Sender sender(*broker);
  Receiver receiver(*broker, to, {.name = "g"}, 200ms);
  const auto say = [&](const std::string& line) { ASSERT_GT(write(STDOUT_FILENO, line.data(), line.size()), 0); };
  for (std::size_t i = 0; i < 100; ++i) {
    const auto id = std::to_string(i);
    if (!sender.send(to, id, "", "body").error) say("published " + id + "\n");
    const auto got = receiver.wait(i + 1);
    if (got.size() > i && !receiver.ack(got[i])) say("settled " + got[i].id + "\n");
  }
}

/// What it said until it died of SIGKILL; empty if it did not.
std::string run_until_crash(const std::string& directory, const std::string& point) {
  const std::string command = "LOCAL_TEST_DIRECTORY=" + directory + " DUCTAPE_FAULT=local." + point + ":4 /proc/" +
                              std::to_string(getpid()) +
                              "/exe --gtest_also_run_disabled_tests --gtest_filter=CrashingProcess.*";
  std::string text;
  std::FILE* pipe = popen(("exec env " + command).c_str(), "r");
  for (char buffer[4096]; const auto size = std::fread(buffer, 1, sizeof buffer, pipe);) text.append(buffer, size);
  const int status = pclose(pipe);
  return WIFSIGNALED(status) ? text : "";
}

TEST_P(Crash, KeepsWhatWasConfirmedAndRepeatsWhatWasNot) {
  if (!driver::has_fault_points()) GTEST_SKIP() << "this build has no fault points";
  std::istringstream said(run_until_crash(directory_.path(), GetParam()));
  ASSERT_FALSE(said.str().empty()) << "it did not reach the point";
  std::set<std::string> published, settled;
  for (std::string word, id; said >> word;)
    if (word == "published" || word == "settled") said >> id, (word == "published" ? published : settled).insert(id);
  EXPECT_FALSE(published.empty());

  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  const auto to = broker.address("orders");
  Receiver receiver(*broker, to, {.name = "g"});
  std::set<std::string> again;
  for (const auto& got : receiver.wait(broker.inspect(to, "g")->lag.value())) again.insert(got.id);
  const auto done = broker.inspect(to, "g")->done.value();
  // What was settled when it died may be done without that it was told.
  EXPECT_LE(done - settled.size(), 1u);
  for (const auto& id : settled) EXPECT_FALSE(again.contains(id)) << id << " was done and came again";
  for (const auto& id : published) {
    const bool untold = done > settled.size() && id == std::to_string(settled.size());
    EXPECT_TRUE(settled.contains(id) || again.contains(id) || untold) << id << " was confirmed and is gone";
  }
  EXPECT_GE(done + again.size(), published.size());
}

INSTANTIATE_TEST_SUITE_P(Points, Crash,
                         testing::Values("publish.before_commit", "publish.after_commit", "settle.before_commit",
                                         "settle.after_commit", "claim.before_commit", "claim.after_commit"),
                         [](const auto& point) {
                           std::string name = point.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

TEST(LogLength, IsBoundedBesideASlowReader) {
  Directory directory;
  TestRuntime runtime;
  Broker broker(directory.path(), runtime);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "slow"}, {.name = "quick"}}));
  Receiver slow(*broker, to, {.name = "slow"}, 60s, 1), quick(*broker, to, {.name = "quick"}, 60s, 100);
  Sender sender(*broker);
  std::uintmax_t longest = 0;
  for (std::size_t i = 0; i < 700; ++i) {
    ASSERT_FALSE(sender.send(to, std::to_string(i), "", std::string(64 << 10, 'x')).error);
    if (i < 99) quick.wait(i + 1);
    longest = std::max(longest, std::filesystem::file_size(directory.file(".db-wal")));
  }
  EXPECT_EQ(slow.count(), 1u);
  EXPECT_GT(longest, std::uintmax_t{8} << 20) << "44 MiB went through it";
  EXPECT_LT(longest, std::uintmax_t{24} << 20);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
