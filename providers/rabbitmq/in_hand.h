// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace ductape::inline v0::rabbitmq {

/// How many dead letters this process has in its hands, by their queue: the server tells only those that are free.
/// Thread-safe.
class InHand {
 public:
  /// One of its readers has so many more, or fewer.
  void add(const std::string& queue, std::int64_t change) {
    const std::lock_guard lock(mutex_);
    if ((counts_[queue] += change) == 0) counts_.erase(queue);
  }
  [[nodiscard]] std::uint64_t of(const std::string& queue) const {
    const std::lock_guard lock(mutex_);
    const auto count = counts_.find(queue);
    return count == counts_.end() ? 0 : static_cast<std::uint64_t>(count->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace ductape::inline v0::rabbitmq
