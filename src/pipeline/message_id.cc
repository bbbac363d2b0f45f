// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/message_id.h"

#include <random>

namespace ductape::inline v0::pipeline {
namespace {

// xoshiro256++ (Blackman, Vigna), seeded by the system: ids need uniqueness, not secrecy.
class Random {
 public:
  Random() {
    std::random_device device;
    for (auto& word : state_) word = (std::uint64_t{device()} << 32) | device();
  }
  std::uint64_t next() {
    const std::uint64_t result = rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }

 private:
  static std::uint64_t rotl(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::array<std::uint64_t, 4> state_{};
};

std::uint64_t random_word() {
  thread_local Random random;
  return random.next();
}

}  // namespace

MessageId::MessageId(driver::WallTime now) {
  const auto millis =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  const std::uint64_t a = random_word();
  const std::uint64_t high = (millis << 16) | 0x7000 | (a & 0x0fff);
  const std::uint64_t low = (random_word() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  static constexpr char digits[] = "0123456789abcdef";
  char* out = text_.data();
  const auto write = [&out](std::uint64_t word, int from, int to) {
    for (int shift = from; shift >= to; shift -= 4) *out++ = digits[(word >> shift) & 15];
  };
  write(high, 60, 32);
  *out++ = '-';
  write(high, 28, 16);
  *out++ = '-';
  write(high, 12, 0);
  *out++ = '-';
  write(low, 60, 48);
  *out++ = '-';
  write(low, 44, 0);
}

double random_unit() { return static_cast<double>(random_word() >> 11) * 0x1.0p-53; }

}  // namespace ductape::inline v0::pipeline
