// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/error.hpp>

namespace ductape::cli {

/// What the process's exit status says; the same for every command.
enum ExitCode : int {
  done = 0,
  failed = 1,           ///< at run time: unavailable, timed out, queue full, refused by a server
  wrong = 2,            ///< input or state: usage, unknown tag, invalid JSON, a store that cannot be used
  partly = 3,           ///< some of it was done; what was not is named
  outcome_unknown = 4,  ///< at least one message may or may not have been accepted
};

/// The one place where a failure becomes an exit status.
[[nodiscard]] ExitCode exit_code(const Error& error) noexcept;

/// Of two things that went wrong in one run, the one that the status tells.
[[nodiscard]] ExitCode worse(ExitCode a, ExitCode b) noexcept;

}  // namespace ductape::cli
