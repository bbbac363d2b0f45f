// SPDX-License-Identifier: Apache-2.0
#include "src/runtime/threaded_runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace ductape::inline v0::runtime {
namespace {

using namespace std::chrono_literals;

TEST(ThreadedRuntime, runs_what_is_posted_even_when_destroyed_at_once) {
  std::atomic<int> ran = 0;
  {
    ThreadedRuntime runtime;
    for (int i = 0; i < 1000; ++i) runtime.post([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ThreadedRuntime, reserved_workers_let_blocked_tasks_stand_side_by_side) {
  ThreadedRuntime runtime;
  runtime.reserve(8);
  std::latch all_there(8);
  std::atomic<int> passed = 0;
  std::promise<void> done;
  for (int i = 0; i < 8; ++i) {
    runtime.post([&] {
      all_there.arrive_and_wait();
      if (++passed == 8) done.set_value();
    });
  }
  EXPECT_EQ(done.get_future().wait_for(20s), std::future_status::ready);
}

TEST(ThreadedRuntime, timers_run_in_the_order_of_their_times) {
  ThreadedRuntime runtime;
  std::promise<void> done;
  std::atomic<bool> first = false;
  const auto now = runtime.now();
  runtime.at(now + 40ms, [&] {
    EXPECT_TRUE(first);
    EXPECT_GE(runtime.now(), now + 40ms);
    done.set_value();
  });
  runtime.at(now + 1ms, [&] { first = true; });
  EXPECT_EQ(done.get_future().wait_for(20s), std::future_status::ready);
}

TEST(ThreadedRuntime, a_cancelled_timer_does_not_run) {
  ThreadedRuntime runtime;
  std::atomic<bool> ran = false;
  const auto cancelled = runtime.at(runtime.now() + 1h, [&] { ran = true; });
  runtime.cancel(cancelled);
  runtime.cancel(cancelled);
  std::promise<void> done;
  runtime.at(runtime.now(), [&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace ductape::inline v0::runtime
