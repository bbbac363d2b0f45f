// SPDX-License-Identifier: Apache-2.0
#include "src/policy/key_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ductape::policy {
namespace {

TEST(KeyLanes, OneOfAKeyRunsAndTheOthersFollowInOrder) {
  KeyLanes lanes;
  LaneEntry first{.key = "a"}, second{.key = "a"}, third{.key = "a"};
  EXPECT_TRUE(lanes.enter(first));
  EXPECT_FALSE(lanes.enter(second));
  EXPECT_FALSE(lanes.enter(third));
  EXPECT_EQ(lanes.waiting(), 2U);
  EXPECT_EQ(lanes.leave(first), &second);
  EXPECT_EQ(lanes.leave(second), &third);
  EXPECT_EQ(lanes.waiting(), 0U);
  EXPECT_EQ(lanes.leave(third), nullptr);
  EXPECT_TRUE(lanes.enter(first)) << "the lane is gone with its last entry";
}

TEST(KeyLanes, DifferentKeysRunSideBySide) {
  KeyLanes lanes;
  LaneEntry a{.key = "a"}, b{.key = "b"};
  EXPECT_TRUE(lanes.enter(a));
  EXPECT_TRUE(lanes.enter(b));
}

TEST(KeyLanes, KeylessEntriesAlwaysRun) {
  KeyLanes lanes;
  LaneEntry first, second;
  EXPECT_TRUE(lanes.enter(first));
  EXPECT_TRUE(lanes.enter(second));
  EXPECT_EQ(lanes.leave(first), nullptr);
  EXPECT_FALSE(lanes.remove(second));
  EXPECT_EQ(lanes.leave(second), nullptr);
}

// Under ASan: the lane must not look at the key of one that left.
TEST(KeyLanes, ALaneOutlivesTheKeyOfTheEntryThatOpenedIt) {
  KeyLanes lanes;
  auto key = std::make_unique<std::string>("a key too long for the small string of any library we know");
  const std::string same = *key;
  LaneEntry first{.key = *key}, second{.key = same}, third{.key = same};
  ASSERT_TRUE(lanes.enter(first));
  ASSERT_FALSE(lanes.enter(second));
  ASSERT_EQ(lanes.leave(first), &second);
  key.reset();
  EXPECT_FALSE(lanes.enter(third));
  EXPECT_EQ(lanes.leave(second), &third);
}

TEST(KeyLanes, RemovesOnlyWhatWaits) {
  KeyLanes lanes;
  LaneEntry first{.key = "a"}, middle{.key = "a"}, last{.key = "a"}, next{.key = "a"};
  for (LaneEntry* entry : {&first, &middle, &last}) (void)lanes.enter(*entry);
  EXPECT_FALSE(lanes.remove(first)) << "it runs";
  EXPECT_TRUE(lanes.remove(middle));
  EXPECT_FALSE(lanes.remove(middle)) << "it left";
  EXPECT_TRUE(lanes.remove(last));
  EXPECT_EQ(lanes.waiting(), 0U);
  EXPECT_FALSE(lanes.enter(next));
  EXPECT_EQ(lanes.leave(first), &next);
  EXPECT_FALSE(lanes.remove(next)) << "it may run now";
}

// Against a map of queues: who may run is the front of its key's queue.
class ModelledLanes {
 public:
  ModelledLanes(std::uint32_t seed, unsigned keys) : random_(seed), keys_(keys) {}

  void enter() {
    Inside& added = *inside_.emplace_back(std::make_unique<Inside>());
    added.key = "customer-number-" + std::to_string(random_() % keys_);
    added.entry.key = added.key;
    auto& queue = model_[added.key];
    queue.push_back(&added.entry);
    ASSERT_EQ(lanes_.enter(added.entry), queue.size() == 1);
  }

  void leave_or_remove() {
    LaneEntry& entry = inside_[random_() % inside_.size()]->entry;
    auto& queue = model_[std::string(entry.key)];
    if (queue.front() == &entry) {
      ASSERT_FALSE(lanes_.remove(entry));
      ASSERT_EQ(lanes_.leave(entry), queue.size() > 1 ? queue[1] : nullptr);
    } else {
      ASSERT_TRUE(lanes_.remove(entry));
    }
    forget(entry);
  }

  void check() const { ASSERT_EQ(lanes_.waiting(), waiting()); }
  bool empty() const { return inside_.empty(); }
  std::size_t size() const { return inside_.size(); }
  std::uint32_t draw() { return static_cast<std::uint32_t>(random_()); }

  std::size_t waiting() const {
    std::size_t sum = 0;
    for (const auto& [key, queue] : model_) sum += queue.size() - 1;
    return sum;
  }

 private:
  struct Inside {
    std::string key;
    LaneEntry entry;
  };

  void forget(LaneEntry& entry) {
    const auto lane = model_.find(std::string(entry.key));
    std::erase(lane->second, &entry);
    if (lane->second.empty()) model_.erase(lane);
    std::erase_if(inside_, [&](const auto& one) { return &one->entry == &entry; });
  }

  std::mt19937 random_;
  const unsigned keys_;
  KeyLanes lanes_;
  std::vector<std::unique_ptr<Inside>> inside_;
  std::map<std::string, std::deque<LaneEntry*>> model_;
};

void compare_with_model(std::uint32_t seed, unsigned keys, std::size_t room) {
  ModelledLanes lanes(seed, keys);
  for (int step = 0; step < 10'000; ++step) {
    const auto dice = lanes.draw() % 100;
    if (lanes.empty() || (lanes.size() < room && dice < 52)) {
      ASSERT_NO_FATAL_FAILURE(lanes.enter());
    } else {
      ASSERT_NO_FATAL_FAILURE(lanes.leave_or_remove());
    }
    ASSERT_NO_FATAL_FAILURE(lanes.check());
  }
  while (!lanes.empty()) ASSERT_NO_FATAL_FAILURE(lanes.leave_or_remove());
}

TEST(KeyLanes, AgreesWithANaiveModelOnFewKeys) { compare_with_model(1, 3, 60); }
TEST(KeyLanes, AgreesWithANaiveModelOnSomeKeys) { compare_with_model(2, 50, 200); }
TEST(KeyLanes, AgreesWithANaiveModelWhereKeysShareBuckets) { compare_with_model(3, 5'000, 300); }

}  // namespace
}  // namespace ductape::policy
