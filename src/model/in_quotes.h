// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace ductape::inline v0::model {

/// Somebody's input as an error message may show it: in quotes, cut at 80 bytes, with everything that is not printable
/// ASCII escaped, so that no message carries control characters or broken UTF-8.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace ductape::inline v0::model
