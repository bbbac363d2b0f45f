// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/body_text.h"

#include <ductape/utf8.hpp>

namespace ductape::cli {
namespace {

// Control characters, those of ISO 8859 (C2 80 to C2 9F) included, could steer the terminal. `length` is that of the
// character that `text` begins with.
bool may_be_shown(std::string_view text, std::size_t length) {
  const auto first = static_cast<unsigned char>(text.front());
  return length != 0 && (first >= 0x20 || first == '\t') && first != 0x7F &&
         (first != 0xC2 || static_cast<unsigned char>(text[1]) >= 0xA0);
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

bool is_json_body(std::string_view content_type, std::string_view body) {
  return (content_type.empty() || is_json_type(content_type)) && !why_not_json(body);
}

void append_body_member(std::string& out, std::string_view content_type, std::string_view body) {
  if (is_json_body(content_type, body)) {
    append_json_line(out.append("\"body\":"), body);
  } else {
    append_base64(out.append("\"body_base64\":\""), bytes_of(body));
    out += '"';
  }
}

void append_body_text(std::string& out, std::string_view content_type, std::string_view body) {
  if (is_json_body(content_type, body)) {
    append_json_line(out, body);
  } else if (fits_on_a_line(body)) {
    out += body;
  } else {
    append_base64(out.append("base64:"), bytes_of(body));
  }
}

bool fits_on_a_line(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (!may_be_shown(text, length)) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string short_text(std::string_view text, std::size_t columns) {
  std::string out;
  for (std::size_t column = 0; !text.empty(); ++column) {
    const auto length = utf8_length(text);
    if (column + 1 == columns && text.size() > std::max<std::size_t>(length, 1)) return out + "…";
    if (may_be_shown(text, length) && text.front() != '\t')
      out += text.substr(0, length);
    else
      out += '?';
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace ductape::cli
