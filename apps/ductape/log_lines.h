// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/log.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// The level that `--log-level` names.
[[nodiscard]] LogLevel log_level_of(const Globals& globals);

/// Writes each record as a line on standard error: `warn: ...` for people, with `--json`
/// `{"level","time","message",...fields}`. Outlives its client.
[[nodiscard]] LogSink log_lines(Console& console);

}  // namespace ductape::cli
