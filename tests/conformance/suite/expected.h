// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <ductape/driver/capabilities.hpp>
#include <ductape/result.hpp>

namespace ductape::inline v0::testing::conformance {

/// A provider's row of `expected.csv`: a column's name and its text. An empty text is not fixed.
using ExpectedRow = std::map<std::string, std::string>;

/// Errors: `not_found` (no file, no row), `invalid_argument` (a row with another number of columns than the head).
Result<ExpectedRow> expected_row(const std::string& file, std::string_view provider);

/// The fields of `driver::Capabilities` under their own names, as `ductape providers --json` writes their values:
/// enumerators by name, durations in milliseconds.
std::map<std::string, std::string> capability_fields(const driver::Capabilities& can);

/// What differs between the row and what is declared, a line each; empty if nothing does.
std::string capability_differences(const ExpectedRow& row, const driver::Capabilities& can);

}  // namespace ductape::inline v0::testing::conformance
