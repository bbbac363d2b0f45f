// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/result.hpp>

namespace ductape::cli {

/// A whole file, or standard input if `path` is "-". Errors: `not_found` and `invalid_argument`, with the system's
/// reason; more than `limit` bytes is `message_too_large`.
[[nodiscard]] Result<std::string> read_input(const std::string& path, std::size_t limit = 256u << 20);

}  // namespace ductape::cli
