// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/receipt_json.h"

#include "apps/ductape/error_text.h"
#include "apps/ductape/json_text.h"

namespace ductape::cli {

void append_receipt(std::string& out, std::optional<std::uint64_t> line, std::string_view event, std::string_view env,
                    const Result<Receipt>& result) {
  out += line ? "{\"line\":" + std::to_string(*line) + "," : "{";
  if (!result) {
    append_error_json(out.append("\"error\":"), result.error());
    out += "}\n";
    return;
  }
  append_quoted(out.append("\"id\":"), result->id);
  append_quoted(out.append(",\"event\":"), event);
  append_quoted(out.append(",\"env\":"), env);
  append_quoted(out.append(",\"provider\":"), result->provider);
  append_quoted_or_null(out.append(",\"native_id\":"), result->native_id);
  out += ",\"sends\":" + std::to_string(result->sends);
  out += result->deduplicated ? ",\"deduplicated\":true}\n" : ",\"deduplicated\":false}\n";
}

}  // namespace ductape::cli
