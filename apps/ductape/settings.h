// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ductape/result.hpp>

namespace ductape::cli {

/// A broker's config, a JSON object, with `KEY=VALUE` settings put into it; the dots of a key lead into nested objects.
/// Errors: `invalid_argument`; no value is repeated.
Result<std::string> with_settings(std::string_view config, const std::vector<std::string>& settings);

}  // namespace ductape::cli
