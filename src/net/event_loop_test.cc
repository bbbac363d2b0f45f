// SPDX-License-Identifier: Apache-2.0
#include "src/net/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <ductape/driver/errand.hpp>
#include <future>
#include <thread>

namespace ductape::inline v0::net {
namespace {

using namespace std::chrono_literals;

void leave_errand(std::function<void()> task) {
  auto* const errand = driver::Errand::open();
  ASSERT_NE(errand, nullptr);
  errand->leave(std::move(task));
}

TEST(EventLoop, goes_on_while_errands_block) {
  auto& loop = EventLoop::shared();
  std::promise<void> let_go;
  const auto gone = let_go.get_future().share();
  std::atomic<int> over = 0;
  for (int i = 0; i < 3; ++i) {
    loop.post([&] {
      leave_errand([&, gone] {
        EXPECT_FALSE(loop.is_here());
        gone.wait();
        ++over;
      });
      EXPECT_EQ(driver::Errand::open(), nullptr) << "it has one already";
    });
    loop.flush();
  }
  EXPECT_EQ(over, 0);
  let_go.set_value();
  while (over < 3) std::this_thread::yield();
  loop.flush();
}

TEST(EventLoop, gives_short_errands_one_after_the_other) {
  auto& loop = EventLoop::shared();
  std::atomic<int> ran = 0;
  for (int i = 0; i < 2'000; ++i) loop.post([&] { leave_errand([&] { ++ran; }); });
  while (ran < 2'000) std::this_thread::yield();
}

TEST(EventLoop, is_not_tried_in_somebody_elses_turn) {
  auto& loop = EventLoop::shared();
  std::promise<void> in_turn, go_on;
  loop.post([&] {
    in_turn.set_value();
    go_on.get_future().wait();
  });
  in_turn.get_future().wait();
  bool ran = false;
  EXPECT_FALSE(loop.try_run([&] { ran = true; }));
  EXPECT_FALSE(ran);
  go_on.set_value();
  while (!loop.try_run([&] {
    ran = true;
    EXPECT_TRUE(loop.is_here());
    EXPECT_TRUE(loop.try_run([] {})) << "it is this thread's turn";
  }))
    std::this_thread::yield();
  EXPECT_TRUE(ran);
  EXPECT_FALSE(loop.is_here());
}

TEST(EventLoop, a_turn_of_another_may_lie_within_one) {
  auto &loop = EventLoop::shared(), &other = EventLoop::patient();
  std::promise<bool> still_here;
  loop.post([&] {
    while (!other.try_run([&] {
      EXPECT_TRUE(other.is_here());
      EXPECT_FALSE(loop.is_here());
    }))
      std::this_thread::yield();
    still_here.set_value(loop.is_here());
  });
  EXPECT_TRUE(still_here.get_future().get());
}

}  // namespace
}  // namespace ductape::inline v0::net
