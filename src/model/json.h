// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::model {

/// Keeps keys in the order in which they were written, so that people get back what they typed.
using Json = nlohmann::ordered_json;

/// Its text. Never fails: what is not UTF-8 in it is shown as U+FFFD.
[[nodiscard]] std::string printed(const Json& json);

/// Whether a text that somebody gave as a C++ string may go into JSON. Errors: `invalid_argument`, with `place`.
Result<void> check_utf8(std::string_view place, std::string_view text);

}  // namespace ductape::inline v0::model
