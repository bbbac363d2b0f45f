// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <ductape/result.hpp>

/// How durations, sizes and times are written wherever people type them.
namespace ductape::inline v0 {

/// `500ms`, `5s`, `2m`, `1h`, `7d`; a whole number and a unit. Errors: `invalid_argument` with what is allowed.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest exact spelling that `parse_duration` reads, e.g. "90s".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// `512B`, `64KiB`, `1MiB`, `2GiB`, or a bare number of bytes. Errors: `invalid_argument` with what is allowed.
Result<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// RFC 3339, e.g. "2026-11-21T10:11:12.345Z"; offsets are read, UTC with milliseconds is written.
Result<std::chrono::system_clock::time_point> parse_time(std::string_view text);
[[nodiscard]] std::string format_time(std::chrono::system_clock::time_point time);

}  // namespace ductape::inline v0
