// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>
#include <vector>

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

/// Reads a backlog: `read(handle)` calls `handle(body)` for each message and returns when all have been acked. Counted
/// from the first message on.
template <class Read>
void measure_reading(const Workload& workload, Read read) {
  std::int64_t begin = 0;
  std::vector<std::int64_t> latencies;
  read([&](const char*) {
    if (begin == 0) begin = now_ns();
  });
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

/// From each `send(number)`, at the rate, to its `handle(body)` on a thread that reads.
template <class Read, class Send>
void measure_paced(const Workload& workload, Read read, Send send) {
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  const auto begin = now_ns();
  std::thread reader([&] {
    read([&](const char* body) {
      const auto number = Bodies::number(body);
      latencies[number] = now_ns() - sent[number];
    });
  });
  at_a_rate(workload, [&](std::size_t number) {
    sent[number] = now_ns();
    send(number);
  });
  reader.join();
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

}  // namespace bench
