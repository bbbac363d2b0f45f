// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <ductape/registry.hpp>

#include "src/registry/registry_core.h"
#include "src/store/scratch_directory_test.h"

namespace ductape::inline v0 {
namespace {

struct Sharing : testing::Test {
  ScratchDirectory scratch;

  void SetUp() override { (void)Registry::init({.directory = scratch.path()}).value(); }
  [[nodiscard]] Registry open() const { return Registry::open(scratch.path()).value(); }
};

int exit_code(pid_t child) {
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Sharing, ReadsSeeOthersChangesAtOnce) {
  auto one = open(), other = open();
  (void)one.create(Product{.tag = "late"}).value();
  EXPECT_EQ(other.products().value().size(), 2u);
}

TEST_F(Sharing, PollRenewsTheSnapshot) {
  auto one = open(), other = open();
  const auto before = other.core()->generation();
  (void)one.create(TopicDefinition{.product = "demo", .broker = "events", .tag = "more"}).value();
  EXPECT_FALSE(other.core()->resolve("demo", "dev", "events:more"));
  EXPECT_EQ(other.core()->generation(), before);
  other.core()->poll();
  EXPECT_TRUE(other.core()->resolve("demo", "dev", "events:more"));
  EXPECT_GT(other.core()->generation(), before);
  const auto after = other.core()->generation();
  other.core()->poll();
  EXPECT_EQ(other.core()->generation(), after);
}

TEST_F(Sharing, PollNoticesAnotherProcess) {
  auto mine = open();
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto registry = Registry::open(scratch.path());
    _exit(registry && registry->create(TopicDefinition{.product = "demo", .broker = "events", .tag = "more"}) ? 0 : 1);
  }
  ASSERT_EQ(exit_code(child), 0);
  mine.core()->poll();
  EXPECT_TRUE(mine.core()->resolve("demo", "dev", "events:more"));
}

TEST_F(Sharing, OfTwoUpdatesOfOneRecordTheSecondIsAConflict) {
  auto one = open(), other = open();
  auto mine = one.broker("demo", "events").value();
  auto theirs = other.broker("demo", "events").value();
  mine.description = "mine";
  theirs.description = "theirs";
  (void)one.update(mine).value();
  const auto late = other.update(theirs);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::conflict);
  EXPECT_EQ(other.broker("demo", "events").value().description, "mine");
}

TEST_F(Sharing, NoUpdateOfManyProcessesIsLost) {
  constexpr int processes = 4, updates = 10;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto registry = Registry::open(scratch.path());
      if (!registry) _exit(1);
      for (int done = 0; done < updates;) {
        auto broker = registry->broker("demo", "events");
        if (!broker) _exit(2);
        broker->description += static_cast<char>('a' + i);
        const auto updated = registry->update(*broker);
        if (updated) ++done;
        if (!updated && updated.error().code != Errc::conflict) _exit(3);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (auto child : children) EXPECT_EQ(exit_code(child), 0);
  const auto marks = open().broker("demo", "events").value().description;
  EXPECT_EQ(marks.size(), std::size_t{processes * updates}) << marks;
}

TEST_F(Sharing, AKilledProcessLeavesNothingHalf) {
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto registry = Registry::open(scratch.path()).value();
    for (int i = 0;; ++i) {
      std::string text = "product: p" + std::to_string(i) + "\nbrokers:\n";
      for (int b = 0; b < 20; ++b)
        text += "  - {tag: b" + std::to_string(b) + ", envs: [{slug: dev, type: LOCAL}], topics: [{tag: t}]}\n";
      if (!registry.apply(text)) _exit(1);
    }
  }
  auto mine = open();
  while (mine.products().value().size() < 5) std::this_thread::yield();
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto after = open();
  for (const auto& product : after.products().value())
    EXPECT_EQ(after.topics(product.tag).value().size(), product.tag == "demo" ? 1u : 20u) << product.tag;
}

TEST_F(Sharing, ThreadsReadWhileOthersWrite) {
  auto registry = open();
  auto other = open();
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      while (!stop) {
        const auto generation = registry.core()->generation();
        wrong += generation < last;
        last = generation;
        wrong += !registry.core()->resolve("demo", "dev", "events:hello").ok();
        registry.core()->poll();
      }
    });
  for (int i = 0; i < 10; ++i) {
    (void)registry.create(Product{.tag = "a" + std::to_string(i)}).value();
    (void)other.create(Product{.tag = "b" + std::to_string(i)}).value();
  }
  stop = true;
  readers.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(registry.products().value().size(), 21u);
}

}  // namespace
}  // namespace ductape::inline v0
