// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace ductape::cli {

/// ductape(1) in the macros of man(7), from the tree that also parses the command line: every command and option that
/// the help shows. The same tree gives the same bytes.
[[nodiscard]] std::string manual_page(const CLI::App& root, const std::string& version);

}  // namespace ductape::cli
