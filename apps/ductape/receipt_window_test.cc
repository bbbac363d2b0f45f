// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/receipt_window.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace ductape::cli {
namespace {

using namespace std::chrono_literals;

std::vector<std::uint64_t> lines(const std::vector<ReceiptWindow::Outcome>& outcomes) {
  std::vector<std::uint64_t> numbers;
  for (const auto& outcome : outcomes) numbers.push_back(outcome.line);
  return numbers;
}

TEST(ReceiptWindow, GivesOutcomesInLineOrder) {
  ReceiptWindow window(8);
  const auto a = *window.reserve(10, 0ms), b = *window.reserve(12, 0ms), c = *window.reserve(13, 0ms);
  window.complete(c, Receipt{.id = "c"});
  window.complete(a, Receipt{.id = "a"});
  std::vector<ReceiptWindow::Outcome> out;
  ASSERT_TRUE(window.take(out));
  EXPECT_EQ(lines(out), std::vector<std::uint64_t>{10});
  window.complete(b, Error{.code = Errc::timed_out});
  ASSERT_TRUE(window.take(out));
  EXPECT_EQ(lines(out), (std::vector<std::uint64_t>{10, 12, 13}));
  EXPECT_FALSE(out[1].result);
  EXPECT_EQ(out[2].result->id, "c");
  window.close();
  EXPECT_FALSE(window.take(out));
}

TEST(ReceiptWindow, IsFullUntilTheOldestIsTaken) {
  ReceiptWindow window(2);
  const auto a = *window.reserve(1, 0ms), b = *window.reserve(2, 0ms);
  window.complete(b, Receipt{});
  EXPECT_FALSE(window.reserve(3, 0ms));
  window.complete(a, Receipt{});
  EXPECT_FALSE(window.reserve(3, 0ms));
  std::vector<ReceiptWindow::Outcome> out;
  ASSERT_TRUE(window.take(out));
  EXPECT_EQ(out.size(), 2u);
  EXPECT_TRUE(window.reserve(3, 0ms));
}

TEST(ReceiptWindow, CompletionsFromManyThreads) {
  constexpr std::uint64_t total = 5'000;
  ReceiptWindow window(64);
  std::vector<std::uint64_t> seen;
  std::thread taker([&] {
    std::vector<ReceiptWindow::Outcome> out;
    while (window.take(out)) {
      for (const auto& outcome : out) seen.push_back(outcome.line);
      out.clear();
    }
  });
  std::mutex mutex;
  std::vector<ReceiptWindow::Ticket> open;
  std::atomic<bool> all_reserved = false;
  const auto complete_some = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (;;) {
      std::optional<ReceiptWindow::Ticket> ticket;
      {
        std::lock_guard lock(mutex);
        if (open.empty() && all_reserved) return;
        if (!open.empty()) {
          std::swap(open[random() % open.size()], open.back());
          ticket = open.back();
          open.pop_back();
        }
      }
      if (ticket)
        window.complete(*ticket, Receipt{});
      else
        std::this_thread::yield();
    }
  };
  std::thread first(complete_some, 1), second(complete_some, 2);
  for (std::uint64_t line = 1; line <= total; ++line) {
    const auto ticket = window.reserve(line, 30s);
    if (!ticket) break;
    std::lock_guard lock(mutex);
    open.push_back(*ticket);
  }
  all_reserved = true;
  first.join();
  second.join();
  window.close();
  taker.join();
  ASSERT_EQ(seen.size(), total);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

}  // namespace
}  // namespace ductape::cli
