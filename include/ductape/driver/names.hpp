// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

namespace ductape::inline v0::driver {

/// Whether it can be the tag of a product, a broker or a topic, or the slug of an environment: 1 to 64 of a-z 0-9 - _.
/// For drivers that put several of them into one native name. Thread-safe.
[[nodiscard]] inline bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// The same of a group: 1 to 64 of A-Z a-z 0-9 . _ -. A technology may allow fewer.
[[nodiscard]] inline bool is_group(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

}  // namespace ductape::inline v0::driver
