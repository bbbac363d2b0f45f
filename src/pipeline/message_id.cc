// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/message_id.h"

#include <cstring>
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

// Both digits of each byte: an id is written for every message.
constexpr auto hex_of_byte = [] {
  std::array<std::array<char, 2>, 256> table{};
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t byte = 0; byte < table.size(); ++byte) table[byte] = {digits[byte >> 4], digits[byte & 15]};
  return table;
}();

// The lowest `bytes` bytes of the word.
inline void write_hex(char* out, std::uint64_t word, int bytes) {
  for (int i = bytes - 1; i >= 0; --i, word >>= 8) std::memcpy(out + 2 * i, hex_of_byte[word & 255].data(), 2);
}

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
  char* const out = text_.data();
  write_hex(out, high >> 32, 4);
  write_hex(out + 9, high >> 16, 2);
  write_hex(out + 14, high, 2);
  write_hex(out + 19, low >> 48, 2);
  write_hex(out + 24, low, 6);
  out[8] = out[13] = out[18] = out[23] = '-';
}

double random_unit() { return static_cast<double>(random_word() >> 11) * 0x1.0p-53; }

}  // namespace ductape::inline v0::pipeline
