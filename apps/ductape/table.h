// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ductape::cli {

using Row = std::vector<std::string>;

/// Aligned columns under their headings; columns whose heading begins with '>' are aligned to the right. An empty cell
/// is "-".
[[nodiscard]] std::string table(const Row& headings, const std::vector<Row>& rows);

/// A JSON object for people: one `name: value` line for each member, nested ones indented. Text that is no JSON object
/// comes back as it is.
[[nodiscard]] std::string outline(std::string_view json);

}  // namespace ductape::cli
