// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "apps/ductape/json_text.h"

/// How a message's parts are shown, wherever one is.
namespace ductape::cli {

/// Whether a body goes out as JSON: its content type says so, or says nothing and it is.
[[nodiscard]] bool is_json_body(std::string_view content_type, std::string_view body);

/// Appends `"body":<JSON>` byte for byte but for line breaks between tokens, or `"body_base64":"..."`.
void append_body_member(std::string& out, std::string_view content_type, std::string_view body);

/// Appends the body on one line, for people: what could steer a terminal is base64.
void append_body_text(std::string& out, std::string_view content_type, std::string_view body);

/// Whether `text` is UTF-8 without line ends and control characters.
[[nodiscard]] bool fits_on_a_line(std::string_view text);

/// A cell of a table: at most `columns` characters, what does not fit on a line replaced by '?'.
[[nodiscard]] std::string short_text(std::string_view text, std::size_t columns);

/// Appends headers as a JSON object. An object has one member of a name: the first, as in Message::header().
template <class Headers>
void append_header_object(std::string& out, const Headers& headers) {
  out += '{';
  for (auto header = headers.begin(); header != headers.end(); ++header) {
    if (std::any_of(headers.begin(), header, [&](const auto& before) { return before.name == header->name; })) continue;
    if (out.back() != '{') out += ',';
    append_quoted(out, header->name);
    out += ':';
    append_quoted(out, header->value);
  }
  out += '}';
}

}  // namespace ductape::cli
