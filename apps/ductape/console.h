// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "apps/ductape/exit_code.h"
#include "apps/ductape/line_output.h"

namespace ductape::cli {

/// Where a command speaks: results on standard output, all else on standard error. Thread-safe.
class Console {
 public:
  explicit Console(bool json);

  /// Whether results and errors are JSON (`--json`).
  [[nodiscard]] bool json() const noexcept { return json_; }
  /// Whether standard error is a terminal that may be drawn on.
  [[nodiscard]] bool terminal() const noexcept { return terminal_; }
  /// Columns of that terminal.
  [[nodiscard]] std::size_t width() const noexcept;

  /// A result; the status is `failed` if it could not be written.
  ExitCode print(std::string_view lines);
  [[nodiscard]] LineOutput& output() noexcept { return output_; }

  /// Says what went wrong and returns its exit status.
  ExitCode fail(const Error& error);
  /// A line for people on standard error.
  void note(std::string_view line);

  /// A line at the bottom of the terminal that the next one replaces; nothing is drawn elsewhere. Empty: removes it.
  void status(std::string_view line);

 private:
  bool json_, terminal_, colours_;
  LineOutput output_{1, "standard output"};
  LineOutput errors_{2, "standard error"};
  std::mutex mutex_;
  std::string status_;  // guarded by mutex_
};

}  // namespace ductape::cli
