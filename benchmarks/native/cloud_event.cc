// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/native/cloud_event.h"

#include <array>
#include <chrono>

namespace bench {
namespace {

constexpr std::array<Attribute, 5> all{{{"specversion", "1.0"},
                                        {"source", "/bench/dev"},
                                        {"type", "bench:messages"},
                                        {"time", "2026-01-01T00:00:00.000Z"},
                                        {"datacontenttype", "application/json"}}};

}  // namespace

std::span<const Attribute> attributes(const Workload& workload) {
  return std::span(all).first(workload.payload_only ? 0 : workload.lean ? 3 : all.size());
}

std::string Ids::make() {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  const std::uint64_t halves[2] = {milliseconds << 16 | 0x7000 | (random_() & 0xfff), random_() >> 2 | 1ull << 63};
  std::string text;
  text.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += "0123456789abcdef"[halves[digit / 16] >> (60 - 4 * (digit % 16)) & 15];
  }
  return text;
}

}  // namespace bench
