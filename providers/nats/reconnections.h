// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <cstdint>

namespace ductape::inline v0::nats {

/// How often the library has connected again by itself. It tells of that, and of the loss before it, on a thread of its
/// own, which may be much later.
class Reconnections {
 public:
  Reconnections() { natsStatistics_Create(&statistics_); }
  ~Reconnections() { natsStatistics_Destroy(statistics_); }
  Reconnections(const Reconnections&) = delete;
  Reconnections& operator=(const Reconnections&) = delete;

  [[nodiscard]] std::uint64_t of(natsConnection* native) const {
    std::uint64_t count = 0;
    if (statistics_ != nullptr && natsConnection_GetStats(native, statistics_) == NATS_OK)
      natsStatistics_GetCounts(statistics_, nullptr, nullptr, nullptr, nullptr, &count);
    return count;
  }

 private:
  natsStatistics* statistics_ = nullptr;
};

}  // namespace ductape::inline v0::nats
