// SPDX-License-Identifier: Apache-2.0
#include <ductape/units.hpp>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

#include "src/model/in_quotes.h"

namespace ductape::inline v0 {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// From small to large, for both directions.
constexpr std::array durations{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                               Unit{"d", 86'400'000}};
constexpr std::array sizes{Unit{"B", 1}, Unit{"KiB", 1ull << 10}, Unit{"MiB", 1ull << 20}, Unit{"GiB", 1ull << 30}};

// A whole number, a unit, and nothing else; empty if it is anything else or more than `limit`.
std::optional<std::uint64_t> read(std::string_view text, std::span<const Unit> units, std::string_view without_unit,
                                  std::uint64_t limit) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (name.empty()) name = without_unit;
  for (const auto& unit : units)
    if (unit.name == name) return number <= limit / unit.size ? std::optional(number * unit.size) : std::nullopt;
  return std::nullopt;
}

std::string write(std::uint64_t number, std::span<const Unit> units, std::size_t for_zero) {
  std::size_t chosen = number == 0 ? for_zero : units.size() - 1;
  while (number % units[chosen].size != 0) --chosen;
  return std::to_string(number / units[chosen].size).append(units[chosen].name);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::chrono::milliseconds::rep>::max());
  if (auto number = read(text, durations, {}, limit))
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(*number));
  return Error{.code = Errc::invalid_argument,
               .message = model::in_quotes(text) + " is not a duration",
               .hint = "a whole number and one of ms, s, m, h, d: 500ms, 5s, 2m, 1h, 7d"};
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  const auto magnitude = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return (count < 0 ? "-" : "") + write(magnitude, durations, 1);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  if (auto number = read(text, sizes, "B", std::numeric_limits<std::uint64_t>::max())) return *number;
  return Error{.code = Errc::invalid_argument,
               .message = model::in_quotes(text) + " is not a size",
               .hint = "a whole number of bytes, or one with B, KiB, MiB or GiB: 512B, 64KiB, 1MiB, 2GiB"};
}

std::string format_size(std::uint64_t bytes) { return write(bytes, sizes, 0); }

}  // namespace ductape::inline v0
