// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// The whole command line. `invocation` outlives it.
[[nodiscard]] std::unique_ptr<CLI::App> make_root(Invocation& invocation);

/// Like the parser's message for wrong usage, with the name nearest to one that is not known.
[[nodiscard]] Error usage_error(const CLI::App& root, const CLI::ParseError& failure);

}  // namespace ductape::cli
