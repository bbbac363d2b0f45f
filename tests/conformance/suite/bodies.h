// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace ductape::inline v0::testing::conformance {

/// The same bytes for the same seed.
inline std::string random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// FNV-1a of 64 bits and the size, in text; computed apart on both sides.
inline std::string digest(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ull;
  return std::to_string(hash) + "/" + std::to_string(bytes.size());
}

}  // namespace ductape::inline v0::testing::conformance
