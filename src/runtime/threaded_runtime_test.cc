// SPDX-License-Identifier: Apache-2.0
#include "src/runtime/threaded_runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <ductape/driver/errand.hpp>
#include <future>
#include <latch>
#include <thread>

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

TEST(ThreadedRuntime, leaves_one_task_to_a_thread_that_offers_to_run_it) {
  std::thread::id ran_on;
  {
    ThreadedRuntime runtime;
    driver::Errand errand;
    runtime.post([&] { ran_on = std::this_thread::get_id(); });
    std::promise<std::thread::id> second;
    runtime.post([&] { second.set_value(std::this_thread::get_id()); });
    EXPECT_NE(second.get_future().get(), std::this_thread::get_id());
    auto task = errand.take();
    ASSERT_TRUE(task);
    EXPECT_EQ(ran_on, std::thread::id());
    task();
  }
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(ThreadedRuntime, leaves_nothing_where_as_many_work_as_may) {
  ThreadedRuntime runtime;
  const auto most = std::max(2u, std::thread::hardware_concurrency());
  std::promise<void> let_go;
  const auto gone = let_go.get_future().share();
  std::latch all_there(most);
  for (unsigned i = 0; i < most; ++i)
    runtime.post([&, gone] {
      all_there.count_down();
      gone.wait();
    });
  all_there.wait();
  std::atomic<bool> ran = false;
  {
    driver::Errand errand;
    runtime.post([&] { ran = true; });
    EXPECT_FALSE(errand.take());
  }
  let_go.set_value();
  while (!ran) std::this_thread::yield();
}

TEST(ThreadedRuntime, waits_at_its_end_for_what_it_left_to_others) {
  std::atomic<bool> ran = false;
  std::thread other;
  {
    ThreadedRuntime runtime;
    std::promise<void> left;
    other = std::thread([&] {
      driver::Errand errand;
      runtime.post([&] { ran = true; });
      const auto task = errand.take();
      left.set_value();
      std::this_thread::yield();
      task();
    });
    left.get_future().wait();
  }
  EXPECT_TRUE(ran);
  other.join();
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
