// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "providers/kafka/envelope.h"
#include "providers/kafka/names.h"

namespace ductape::inline v0::kafka {

/// The broadcasts of this process. They keep nothing at the brokers: what comes back to one stays in its memory, and
/// what dies is gone. Thread-safe.
class Broadcasts {
 public:
  using Inbox = std::function<void(std::shared_ptr<const Arrived>)>;

  void add(std::string_view group) {
    const std::lock_guard lock(mutex_);
    groups_.try_emplace(std::string(group));
  }
  [[nodiscard]] bool has(std::string_view group) const {
    const std::lock_guard lock(mutex_);
    return groups_.contains(group);
  }
  /// Where its retries go; null: nowhere any more.
  void listen(std::string_view group, Inbox inbox) {
    const std::lock_guard lock(mutex_);
    groups_[std::string(group)].inbox = std::move(inbox);
  }
  /// Where it was, for the session after one that broke.
  void remember(std::string_view group, std::map<std::int32_t, std::int64_t> offsets) {
    const std::lock_guard lock(mutex_);
    groups_[std::string(group)].offsets = std::move(offsets);
  }
  [[nodiscard]] std::map<std::int32_t, std::int64_t> remembered(std::string_view group) const {
    const std::lock_guard lock(mutex_);
    const auto found = groups_.find(group);
    return found == groups_.end() ? std::map<std::int32_t, std::int64_t>() : found->second.offsets;
  }
  /// True if the record is a broadcast's own affair, which it was told of.
  bool take(const Place& place, const driver::Record& record) {
    if (place.role == driver::Role::main) return false;
    const std::lock_guard lock(mutex_);
    const auto found = groups_.find(place.group);
    if (found == groups_.end()) return false;
    if (place.role == driver::Role::retry && found->second.inbox) found->second.inbox(read_record(record, ++last_));
    return true;
  }

 private:
  struct One {
    Inbox inbox = {};
    std::map<std::int32_t, std::int64_t> offsets = {};
  };
  mutable std::mutex mutex_;
  std::map<std::string, One, std::less<>> groups_;
  std::int64_t last_ = 0;
};

}  // namespace ductape::inline v0::kafka
