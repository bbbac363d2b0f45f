// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ductape::cli {

/// What the JSON library would let pass or name badly: a byte-order mark, a NUL (it would end the text there), nothing.
[[nodiscard]] inline std::optional<std::string> never_json(std::string_view text) {
  if (text.empty()) return "it is empty";
  if (text.starts_with("\xEF\xBB\xBF")) return "it begins with a byte-order mark; save it as UTF-8 without one";
  if (const auto nul = text.find('\0'); nul != text.npos) return "at byte " + std::to_string(nul + 1) + ": a NUL byte";
  return std::nullopt;
}

/// The library's words without its numbering and without the token it read last, which may be the whole body:
/// "[json.exception...] parse error at line 1, column 2: syntax error while parsing value - REASON; last read: ...".
[[nodiscard]] inline std::string json_failure(std::size_t position, std::string_view what) {
  const auto after = [&](std::string_view mark) {
    if (const auto at = what.find(mark); at != what.npos) what.remove_prefix(at + mark.size());
  };
  after("] ");
  if (what.starts_with("parse error")) after(" - ");
  what = what.substr(0, what.find("; last read: "));
  return "at byte " + std::to_string(position) + ": " + std::string(what);
}

}  // namespace ductape::cli
