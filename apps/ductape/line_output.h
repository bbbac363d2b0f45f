// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::cli {

/// Writes whole lines to a descriptor, unbuffered: when a call returns, its lines are out, and lines of several threads
/// never mix. A failure stays: what reads the other end has lost its place. Thread-safe; blocks while the reader does.
class LineOutput {
 public:
  /// `name` is what messages call it: "standard output".
  LineOutput(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  /// Errors: `closed`, whatever the system's reason (the reader went away, the disk is full).
  Result<void> write(std::string_view lines);
  /// The failure that stays, if there was one.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  int descriptor_;
  std::string name_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // guarded by mutex_
};

}  // namespace ductape::cli
