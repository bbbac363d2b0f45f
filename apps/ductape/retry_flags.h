// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include <ductape/subscribe.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// The bounds of a back-off.
struct BackoffRange {
  std::chrono::milliseconds min{0}, max{0};
};

/// `MIN..MAX`, e.g. `1s..5m`. Errors: `invalid_argument` that says what is wrong with which of the two.
[[nodiscard]] Result<BackoffRange> parse_backoff(std::string_view text);

/// `--max-attempts`, `--backoff` and `--max-deliveries`: what belongs to a group.
std::vector<CLI::Option*> add_retry(CLI::App& app, RetryOptions& retry);

}  // namespace ductape::cli
