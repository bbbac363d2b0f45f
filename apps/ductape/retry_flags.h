// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ductape/subscribe.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// The bounds of a back-off.
struct BackoffRange {
  std::chrono::milliseconds min{0}, max{0};
};

/// `MIN..MAX`, e.g. `1s..5m`. Errors: `invalid_argument` that says what is wrong with which of the two.
[[nodiscard]] Result<BackoffRange> parse_backoff(std::string_view text);

/// Whose policy the flags give: that of a group that may be there already, or of the one named.
enum class RetryOf : std::uint8_t { new_group, group };

/// `--max-attempts`, `--backoff` and `--max-deliveries`: what belongs to a group.
void add_retry(CLI::App& app, RetryOptions& retry, RetryOf whose = RetryOf::new_group);

}  // namespace ductape::cli
