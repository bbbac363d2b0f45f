// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

#include "benchmarks/native/workload.h"

namespace bench {

/// Calls `send(number)` `rate` times a second, `messages` times in all.
template <class Send>
void at_a_rate(const Workload& workload, Send send) {
  auto next = std::chrono::steady_clock::now();
  const auto step = std::chrono::nanoseconds(std::chrono::seconds(1)) / workload.rate;
  for (std::size_t i = 0; i < workload.messages; ++i, next += step) {
    std::this_thread::sleep_until(next);
    send(i);
  }
}

}  // namespace bench
