// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/json_text.h"

#include <algorithm>
#include <cctype>
#include <ductape/utf8.hpp>

#include <nlohmann/json.hpp>

#include "apps/ductape/json_failure.h"

namespace ductape::cli {
namespace {

bool equal_no_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](unsigned char x, char y) { return std::tolower(x) == y; });
}

/// Accepts everything and remembers why the parser did not.
struct Verdict {
  std::optional<std::string> failure = {};

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(std::int64_t) { return true; }
  bool number_unsigned(std::uint64_t) { return true; }
  bool number_float(double, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(nlohmann::json::binary_t&) { return true; }
  bool start_object(std::size_t) { return true; }
  bool key(std::string&) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    failure = json_failure(position, error.what());
    return false;
  }
};

}  // namespace

bool is_json_type(std::string_view type) noexcept {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  if (equal_no_case(type, "application/json") || equal_no_case(type, "text/json")) return true;
  return type.size() > 5 && equal_no_case(type.substr(type.size() - 5), "+json");
}

std::optional<std::string> why_not_json(std::string_view text) {
  if (auto reason = never_json(text)) return reason;
  Verdict verdict;
  nlohmann::json::sax_parse(text.begin(), text.end(), &verdict);
  return verdict.failure;
}

void append_json_line(std::string& out, std::string_view text) {
  // In valid JSON a raw line break can only stand between tokens: inside a string it must be escaped.
  while (!text.empty()) {
    const auto end = text.find_first_of("\r\n");
    out.append(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const auto plain = std::find_if(text.begin(), text.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\';
    });
    out.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t used = 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x80) {
          out += "\\u00";
          out += hex[byte >> 4];
          out += hex[byte & 15];
        } else if ((used = utf8_length(text)) > 0) {
          out.append(text.substr(0, used));
        } else {
          out += "\xEF\xBF\xBD";
          used = 1;
        }
    }
    text.remove_prefix(used);
  }
  out += '"';
}

void append_quoted_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_quoted(out, text);
}

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<std::uint32_t>(bytes[i]) : 0u; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t triple = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += digits[triple >> 18];
    out += digits[triple >> 12 & 63];
    out += i + 1 < bytes.size() ? digits[triple >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? digits[triple & 63] : '=';
  }
}

}  // namespace ductape::cli
