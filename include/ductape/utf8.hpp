// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text that may not be text: what a handler printed, what an exception said.
namespace ductape::inline v0 {

/// Bytes of the character that `text` begins with; 0 if that is not UTF-8, or there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// As many characters of `text` as fit into `most` bytes; what is not UTF-8 in it becomes U+FFFD.
[[nodiscard]] std::string utf8_prefix(std::string_view text, std::size_t most);

}  // namespace ductape::inline v0
