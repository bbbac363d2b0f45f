// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace ductape::inline v0::rabbitmq {

/// The queues of the broadcasts that are open, and of those that were. They have no dead letters: what would go there
/// is done. Thread-safe.
class Broadcasts {
 public:
  /// False: it was there before.
  bool add(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    return queues_.insert(queue).second;
  }
  [[nodiscard]] bool has(const std::string& queue) const {
    const std::lock_guard lock(mutex_);
    return queues_.contains(queue);
  }
  void remove(const std::string& queue) {
    const std::lock_guard lock(mutex_);
    queues_.erase(queue);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> queues_;
};

}  // namespace ductape::inline v0::rabbitmq
