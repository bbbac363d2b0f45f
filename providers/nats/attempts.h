// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::nats {

/// The failed attempts of messages that wait for the next one. JetStream has no place for them, so they are known as
/// long as the process that saw them lives. Thread-safe.
class Attempts {
 public:
  struct Failed {
    std::uint32_t times = 0;
    driver::WallTime first = {};
  };
  /// Of one consumer; the oldest messages' are dropped beyond it.
  static constexpr std::size_t most = 100'000;

  void keep(const std::string& consumer, std::uint64_t sequence, Failed failed) {
    std::lock_guard lock(mutex_);
    auto& known = known_[consumer];
    known[sequence] = failed;
    if (known.size() > most) known.erase(known.begin());
  }
  [[nodiscard]] Failed of(const std::string& consumer, std::uint64_t sequence) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(consumer);
    if (found == known_.end()) return {};
    const auto entry = found->second.find(sequence);
    return entry == found->second.end() ? Failed{} : entry->second;
  }
  void forget(const std::string& consumer, std::uint64_t sequence) {
    std::lock_guard lock(mutex_);
    if (const auto found = known_.find(consumer); found != known_.end()) found->second.erase(sequence);
  }
  void forget(const std::string& consumer) {
    std::lock_guard lock(mutex_);
    known_.erase(consumer);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::uint64_t, Failed>> known_;
};

}  // namespace ductape::inline v0::nats
