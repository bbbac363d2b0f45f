// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/error_text.h"

#include "apps/ductape/json_text.h"

namespace ductape::cli {

std::string error_text(const Error& error, bool colours) {
  std::string text = colours ? "\x1b[31merror\x1b[0m" : "error";
  text += " (" + std::string(error.name()) + "): " + error.message + "\n";
  if (!error.native.empty() && error.message.find(error.native) == std::string::npos)
    text += "  " + (error.provider.empty() ? "" : error.provider + ": ") + error.native + "\n";
  if (!error.hint.empty()) text += "hint: " + error.hint + "\n";
  return text;
}

void append_error_json(std::string& out, const Error& error) {
  out += "{\"name\":";
  append_quoted(out, error.name());
  out += ",\"code\":";
  append_quoted(out, to_string(error.code));
  out += ",\"message\":";
  append_quoted(out, error.message);
  out += ",\"hint\":";
  append_quoted_or_null(out, error.hint);
  out += ",\"provider\":";
  append_quoted_or_null(out, error.provider);
  out += ",\"native\":";
  append_quoted_or_null(out, error.native);
  out += '}';
}

}  // namespace ductape::cli
