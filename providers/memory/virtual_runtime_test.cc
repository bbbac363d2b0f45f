// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/virtual_runtime.h"

#include <gtest/gtest.h>

#include <future>

namespace ductape::inline v0::memory {
namespace {

using namespace std::chrono_literals;

class VirtualRuntimeTest : public testing::Test {
 protected:
  // Written by the runtime's thread, read when it is idle.
  std::vector<std::string> log_;
  std::function<void()> says(std::string text) {
    return [this, text = std::move(text)] { log_.push_back(text); };
  }
  VirtualRuntime runtime_;
};

TEST_F(VirtualRuntimeTest, RunsTasksInTheOrderOfTheirPosts) {
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) runtime_.post(says(std::to_string(i))), expected.push_back(std::to_string(i));
  runtime_.run_until_idle();
  EXPECT_EQ(log_, expected);
}

TEST_F(VirtualRuntimeTest, ATaskThatPostsIsNotIdle) {
  runtime_.post([this] {
    log_.emplace_back("outer");
    runtime_.post([this] {
      log_.emplace_back("inner");
      runtime_.at(runtime_.now(), says("timer"));
    });
  });
  runtime_.run_until_idle();
  EXPECT_EQ(log_, (std::vector<std::string>{"outer", "inner", "timer"}));
}

TEST_F(VirtualRuntimeTest, TheClockStandsStill) {
  const auto before = runtime_.now();
  runtime_.at(before + 1ms, says("early"));
  runtime_.run_until_idle();
  EXPECT_EQ(runtime_.now(), before);
  EXPECT_EQ(runtime_.elapsed(), 0ms);
  EXPECT_TRUE(log_.empty());
}

TEST_F(VirtualRuntimeTest, TimersRunAtTheirOwnTimesInOrder) {
  const auto start = runtime_.now();
  const auto stamps = [&](std::string name) {
    return [this, start, name = std::move(name)] {
      const auto at = std::chrono::duration_cast<driver::Millis>(runtime_.now() - start);
      log_.push_back(name + "@" + std::to_string(at.count()));
    };
  };
  runtime_.at(start + 20ms, stamps("c"));
  runtime_.at(start + 10ms, stamps("a"));
  runtime_.at(start + 10ms, stamps("b"));
  runtime_.at(start + 31ms, stamps("late"));
  runtime_.at(start - 5ms, stamps("past"));
  runtime_.advance(30ms);
  EXPECT_EQ(log_, (std::vector<std::string>{"past@0", "a@10", "b@10", "c@20"}));
  EXPECT_EQ(runtime_.elapsed(), 30ms);
  runtime_.advance(1ms);
  EXPECT_EQ(log_.back(), "late@31");
}

TEST_F(VirtualRuntimeTest, ATimerThatSetsATimerIsFollowedWithinOneAdvance) {
  std::function<void()> again = [&] {
    log_.emplace_back("tick");
    runtime_.at(runtime_.now() + 10ms, again);
  };
  runtime_.at(runtime_.now() + 10ms, again);
  runtime_.advance(55ms);
  EXPECT_EQ(log_.size(), 5u);
}

TEST_F(VirtualRuntimeTest, ACancelledTimerDoesNotRun) {
  const auto timer = runtime_.at(runtime_.now() + 1ms, says("no"));
  runtime_.at(runtime_.now() + 2ms, says("yes"));
  runtime_.cancel(timer);
  runtime_.cancel(timer);
  runtime_.cancel(0);
  runtime_.advance(5ms);
  EXPECT_EQ(log_, (std::vector<std::string>{"yes"}));
}

TEST_F(VirtualRuntimeTest, TheWallClockMovesWithTheOther) {
  const auto wall = runtime_.wall();
  const auto now = runtime_.now();
  runtime_.advance(1500ms);
  EXPECT_EQ(runtime_.wall() - wall, 1500ms);
  EXPECT_EQ(runtime_.now() - now, 1500ms);
}

TEST(VirtualRuntime, DropsWhatIsQueuedWhenItEnds) {
  auto held = std::make_shared<int>(1);
  {
    VirtualRuntime runtime;
    runtime.at(runtime.now() + 1ms, [held] { FAIL() << "ran after the end"; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(VirtualRuntime, ItsLastOwnerMayBeATask) {
  auto runtime = std::make_shared<VirtualRuntime>();
  std::promise<void> gone;
  auto& raw = *runtime;
  raw.post([owner = std::move(runtime), &gone]() mutable {
    owner.reset();
    gone.set_value();
  });
  gone.get_future().get();
}

}  // namespace
}  // namespace ductape::inline v0::memory
