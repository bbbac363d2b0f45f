// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <ductape/result.hpp>

#include "src/model/json.h"

namespace ductape::inline v0::model {

/// Deeper nesting is refused, as everything that walks a document recurses.
inline constexpr std::size_t deepest_document = 64;

/// One JSON document. A key that stands twice in one object is an error. Errors: `invalid_argument` with the line.
Result<Json> parse_json(std::string_view text);

/// One YAML document as the JSON it stands for (YAML 1.2 core schema: `off` and `no` are strings). Errors: as
/// above, and for a text that is not UTF-8.
Result<Json> parse_yaml(std::string_view text);

/// YAML that `parse_yaml` reads as the same document. Ends with a newline.
std::string yaml_of(const Json& document);

/// JSON or YAML in UTF-8: JSON if it begins with a brace or a bracket and reads as JSON, else YAML. Errors: as above.
Result<Json> parse_document(std::string_view text);

}  // namespace ductape::inline v0::model
