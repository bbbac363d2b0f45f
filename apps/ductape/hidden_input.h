// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/result.hpp>
#include <ductape/secret.hpp>

namespace ductape::cli {

/// Asks on the terminal of standard input, which does not show what is typed, for one line.
[[nodiscard]] Result<Secret> read_hidden(const std::string& prompt);

}  // namespace ductape::cli
