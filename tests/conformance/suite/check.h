// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <ductape/result.hpp>

/// Checks of the suite. They throw, as the suite is linked by people who may have no test framework.
namespace ductape::inline v0::testing::conformance {

/// A promise that was not kept. The text says what was expected, what was seen, and where the case asked.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The place in a case from which a check is called.
struct Where {
  std::string_view file;
  int line;
  static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
};

[[noreturn]] void fail(const std::string& what, Where where = Where::here());

[[nodiscard]] std::string to_text(std::string_view text);
[[nodiscard]] std::string to_text(const std::vector<std::string>& list);
[[nodiscard]] std::string to_text(const Error& error);
[[nodiscard]] inline std::string to_text(const std::string& text) { return to_text(std::string_view(text)); }
[[nodiscard]] inline std::string to_text(const char* text) { return to_text(std::string_view(text)); }
[[nodiscard]] inline std::string to_text(bool value) { return value ? "true" : "false"; }
template <std::integral T>
requires(!std::same_as<T, bool>) [[nodiscard]] std::string to_text(T number) { return std::to_string(number); }

inline void check(bool holds, const std::string& what, Where where = Where::here()) {
  if (!holds) fail(what, where);
}

template <class Seen, class Expected>
void check_equal(const Seen& seen, const Expected& expected, const std::string& what, Where where = Where::here()) {
  if (!(seen == expected)) fail(what + ": expected " + to_text(expected) + ", saw " + to_text(seen), where);
}

/// The value, which must be there.
template <class T>
T must(Result<T> result, const std::string& what, Where where = Where::here()) {
  if (!result) fail(what + ": expected success, saw " + to_text(result.error()), where);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The error, which must be there and have this code.
template <class T>
Error must_fail(Result<T> result, Errc expected, const std::string& what, Where where = Where::here()) {
  if (result) fail(what + ": expected " + std::string(to_string(expected)) + ", saw success", where);
  if (result.error().code != expected)
    fail(what + ": expected " + std::string(to_string(expected)) + ", saw " + to_text(result.error()), where);
  return std::move(result).error();
}

/// The error of a publish that could not be sent: `timed_out`, or `outcome_unknown` if the deadline found it with the
/// driver.
template <class T>
Error must_miss_its_deadline(Result<T> result, const std::string& what, Where where = Where::here()) {
  if (!result && result.error().code == Errc::outcome_unknown) return std::move(result).error();
  return must_fail(std::move(result), Errc::timed_out, what, where);
}

/// Equal as sets with repeats, whatever the order; names what is missing and what is too much.
void check_same_messages(std::vector<std::string> seen, std::vector<std::string> expected, const std::string& what,
                         Where where = Where::here());

}  // namespace ductape::inline v0::testing::conformance
