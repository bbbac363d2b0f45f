// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/error.hpp>

namespace ductape::cli {

/// For people: the message, then the hint, each on its own line.
[[nodiscard]] std::string error_text(const Error& error, bool colours);

/// Appends `{"name","code","message","hint","provider","native"}`; what there is not is null.
void append_error_json(std::string& out, const Error& error);

}  // namespace ductape::cli
