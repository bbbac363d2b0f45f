// SPDX-License-Identifier: Apache-2.0
#include "src/policy/deadline_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace ductape::policy {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

struct Item {
  std::size_t deadline_index = 0;
};

TEST(DeadlineQueue, GivesOutWhatIsDueTheEarliestFirst) {
  DeadlineQueue<Item> queue;
  Item first, second, third;
  queue.add(start + 2s, &second);
  queue.add(start + 3s, &third);
  queue.add(start + 1s, &first);
  EXPECT_EQ(queue.earliest(), start + 1s);
  EXPECT_EQ(queue.pop_due(start), nullptr);
  EXPECT_EQ(queue.pop_due(start + 2s), &first);
  EXPECT_EQ(queue.pop_due(start + 2s), &second) << "a deadline is due when it is reached";
  EXPECT_EQ(queue.pop_due(start + 2s), nullptr);
  EXPECT_EQ(queue.earliest(), start + 3s);
}

TEST(DeadlineQueue, AnEmptyOneHasNothingDue) {
  DeadlineQueue<Item> queue;
  EXPECT_EQ(queue.earliest(), std::nullopt);
  EXPECT_EQ(queue.pop_due(TimePoint::max()), nullptr);
}

TEST(DeadlineQueue, RemovesAndForgets) {
  DeadlineQueue<Item> queue;
  Item first, second, stranger;
  queue.add(start + 1s, &first);
  queue.add(start + 2s, &second);
  queue.remove(&stranger);
  queue.remove(&first);
  queue.remove(&first);
  EXPECT_EQ(queue.earliest(), start + 2s);
  EXPECT_EQ(queue.pop_due(start + 5s), &second);
  queue.remove(&second);
  EXPECT_EQ(queue.earliest(), std::nullopt);
}

TEST(DeadlineQueue, AgreesWithANaiveModel) {
  struct Modelled : Item {
    bool inside = false;
    TimePoint deadline = {};
  };
  std::mt19937 random(1);
  DeadlineQueue<Modelled> queue;
  std::array<Modelled, 60> items;
  const auto earliest = [&] {
    std::optional<TimePoint> result;
    for (const Modelled& item : items) {
      if (item.inside && (!result || item.deadline < *result)) result = item.deadline;
    }
    return result;
  };
  TimePoint now = start;
  for (int step = 0; step < 20'000; ++step) {
    Modelled& item = items[random() % items.size()];
    if (item.inside) {
      queue.remove(&item);
      item.inside = false;
    } else {
      item.deadline = now + Millis{random() % 100};
      queue.add(item.deadline, &item);
      item.inside = true;
    }
    ASSERT_EQ(queue.earliest(), earliest());
    if (random() % 8 != 0) continue;
    now += Millis{random() % 20};
    while (Modelled* due = queue.pop_due(now)) {
      ASSERT_TRUE(due->inside);
      ASSERT_EQ(due->deadline, earliest());
      due->inside = false;
    }
    ASSERT_TRUE(!earliest() || *earliest() > now);
  }
}

}  // namespace
}  // namespace ductape::policy
