// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/retry_flags.h"

#include <ductape/units.hpp>

namespace ductape::cli {
namespace {

Error no_range(std::string message) {
  return {.code = Errc::invalid_argument,
          .message = std::move(message),
          .hint = "MIN..MAX, each a whole number and one of ms, s, m, h, d: 1s..5m"};
}

Result<std::chrono::milliseconds> bound(std::string_view name, std::string_view text) {
  if (text.starts_with('-')) return no_range("the " + std::string(name) + " " + std::string(text) + " is negative");
  auto duration = parse_duration(text);
  if (!duration) return no_range("the " + std::string(name) + ": " + duration.error().message);
  return duration;
}

void add_count(CLI::App& app, const std::string& name, std::optional<std::uint32_t>& value, const std::string& help) {
  app.add_option(name, value, help)
      ->type_name("N")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1} << 31).description(""));
}

}  // namespace

Result<BackoffRange> parse_backoff(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == text.npos) return no_range("\"" + std::string(text) + "\" is not a range");
  auto min = bound("minimum", text.substr(0, dots));
  if (!min) return std::move(min).error();
  auto max = bound("maximum", text.substr(dots + 2));
  if (!max) return std::move(max).error();
  if (*min > *max)
    return no_range("the minimum " + format_duration(*min) + " is more than the maximum " + format_duration(*max));
  return BackoffRange{*min, *max};
}

void add_retry(CLI::App& app, RetryOptions& retry, RetryOf whose) {
  const std::string of = whose == RetryOf::new_group ? "A new group's: " : "";
  const auto read = [&retry](const std::string& text) {
    auto range = parse_backoff(text);
    if (!range) throw CLI::ValidationError("--backoff", range.error().message + " (" + range.error().hint + ")");
    retry.backoff_min = range->min;
    retry.backoff_max = range->max;
  };
  add_count(app, "--max-attempts", retry.max_attempts, of + "failed attempts before the dead letters");
  app.add_option_function<std::string>("--backoff", read, of + "wait before the next attempt, doubled each time")
      ->type_name("MIN..MAX");
  add_count(app, "--max-deliveries", retry.max_deliveries, of + "hand-outs without an outcome before the dead letters");
}

}  // namespace ductape::cli
