// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chaos {

/// The body of a publisher's message, so that who gets it can tell whether it is still the same: 30 to 2,000 bytes.
inline std::string body(std::string_view publisher, std::uint64_t sequence) {
  auto text = R"({"publisher":")" + std::string(publisher) + R"(","sequence":)" + std::to_string(sequence);
  return text + R"(,"filler":")" + std::string(sequence * 7919 % 1900, 'x') + "\"}";
}

}  // namespace chaos
