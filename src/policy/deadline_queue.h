// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// What has a deadline, the earliest first. A T has a member `std::size_t deadline_index = 0`, which is the queue's
/// own, and stays where it is while it is in the queue. Not thread-safe.
template <class T>
class DeadlineQueue {
 public:
  /// O(log n), O(1) if it is the latest. `item` is not in the queue.
  void add(TimePoint deadline, T* item) {
    heap_.emplace_back();
    rise(heap_.size() - 1, {deadline, item});
  }

  /// O(log n). Changes nothing if it is not in the queue.
  void remove(T* item) {
    const std::size_t index = item->deadline_index;
    if (index >= heap_.size() || heap_[index].item != item) return;
    const Entry moved = heap_.back();
    heap_.pop_back();
    if (index == heap_.size()) return;
    // The last entry fills the gap; it may belong above as well as below it.
    if (index > 0 && moved.deadline < heap_[(index - 1) / 2].deadline) {
      rise(index, moved);
    } else {
      sink(index, moved);
    }
  }

  [[nodiscard]] std::optional<TimePoint> earliest() const {
    return heap_.empty() ? std::nullopt : std::optional{heap_.front().deadline};
  }

  /// Takes out one whose deadline is not after `now`, the earliest first; null if there is none.
  [[nodiscard]] T* pop_due(TimePoint now) {
    if (heap_.empty() || heap_.front().deadline > now) return nullptr;
    T* const item = heap_.front().item;
    remove(item);
    return item;
  }

 private:
  struct Entry {
    TimePoint deadline = {};
    T* item = nullptr;
  };

  void put(std::size_t index, Entry entry) {
    heap_[index] = entry;
    entry.item->deadline_index = index;
  }

  void rise(std::size_t index, Entry entry) {
    for (std::size_t parent; index > 0; index = parent) {
      parent = (index - 1) / 2;
      if (heap_[parent].deadline <= entry.deadline) break;
      put(index, heap_[parent]);
    }
    put(index, entry);
  }

  void sink(std::size_t index, Entry entry) {
    for (;;) {
      std::size_t child = 2 * index + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
      if (entry.deadline <= heap_[child].deadline) break;
      put(index, heap_[child]);
      index = child;
    }
    put(index, entry);
  }

  std::vector<Entry> heap_;
};

}  // namespace ductape::inline v0::policy
