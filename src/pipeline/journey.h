// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::pipeline {

/// The attributes of ours that a message carries after it failed: to the dead letters, and back to its group. Times are
/// milliseconds since 1970. Names without separators, as CloudEvents wants them.
namespace journey {
inline constexpr std::string_view origin = "retryorigin";      ///< the message's own id
inline constexpr std::string_view attempts = "retryattempts";  ///< failed attempts so far
inline constexpr std::string_view first_failure = "retryfirst";
inline constexpr std::string_view hand_outs = "retryhandouts";  ///< of a suspect that was moved alone: those before
inline constexpr std::string_view due = "retrydue";             ///< not before
inline constexpr std::string_view dead_origin = "deadorigin";
inline constexpr std::string_view dead_reason = "deadreason";
inline constexpr std::string_view dead_error = "deaderror";
inline constexpr std::string_view dead_attempts = "deadattempts";
inline constexpr std::string_view dead_deliveries = "deaddeliveries";
inline constexpr std::string_view dead_group = "deadgroup";
inline constexpr std::string_view dead_first_failure = "deadfirst";
inline constexpr std::string_view dead_time = "deadtime";  ///< of the last failure
}  // namespace journey

[[nodiscard]] inline bool is_of_journey(std::string_view name) {
  return name.starts_with("retry") || name.starts_with("dead");
}

[[nodiscard]] inline std::optional<std::string_view> attribute(std::span<const driver::Header> in,
                                                               std::string_view name) {
  for (const auto& entry : in)
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

[[nodiscard]] inline std::optional<std::uint64_t> number(std::span<const driver::Header> in, std::string_view name) {
  const auto text = attribute(in, name);
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return value;
}

[[nodiscard]] inline std::string in_milliseconds(driver::WallTime time) {
  return std::to_string(std::chrono::duration_cast<driver::Millis>(time.time_since_epoch()).count());
}

/// What is beyond the last time that a clock holds is that last one: who wrote it may not have been us.
[[nodiscard]] inline driver::WallTime from_milliseconds(std::uint64_t value) {
  constexpr auto last = std::chrono::floor<driver::Millis>(driver::WallTime::max().time_since_epoch());
  const auto since =
      driver::Millis(static_cast<driver::Millis::rep>(std::min(value, static_cast<std::uint64_t>(last.count()))));
  return driver::WallTime(std::chrono::duration_cast<driver::WallTime::duration>(since));
}

}  // namespace ductape::inline v0::pipeline
