// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ductape/publish.hpp>

namespace ductape::cli {

/// Appends `{"line","id","event","env","provider","native_id","sends","deduplicated"}` or `{"line","error":{}}`, and a
/// line end. A single publish has no `line`.
void append_receipt(std::string& out, std::optional<std::uint64_t> line, std::string_view event, std::string_view env,
                    const Result<Receipt>& result);

}  // namespace ductape::cli
