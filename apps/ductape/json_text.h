// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// JSON as text: a body goes through byte for byte, it is never read into values and written again.
namespace ductape::cli {

/// Whether a content type promises JSON: `application/json`, `text/json`, anything `+json`; parameters do not matter.
[[nodiscard]] bool is_json_type(std::string_view content_type) noexcept;

/// Why `text` is not one JSON value, e.g. "at byte 3: ..."; nothing if it is one.
[[nodiscard]] std::optional<std::string> why_not_json(std::string_view text);

/// Appends a JSON value as it is, without the line breaks between its tokens. `text` must be JSON.
void append_json_line(std::string& out, std::string_view text);

/// Appends a quoted string; bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);
/// The same; null if it is empty.
void append_quoted_or_null(std::string& out, std::string_view text);

void append_base64(std::string& out, std::span<const std::byte> bytes);

}  // namespace ductape::cli
