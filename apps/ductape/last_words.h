// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ductape::cli {

/// What a handler says on standard error, by the line: each goes on at once, and the last one that is not blank is kept
/// as the reason of a failure. Not thread-safe.
class LastWords {
 public:
  explicit LastWords(std::function<void(std::string_view)> line) : line_(std::move(line)) {}

  void feed(std::string_view bytes);
  /// The end: what has no line end is a line too.
  void finish();

  /// The last line that is not blank, UTF-8 and at most 1 KiB; empty if there was none.
  [[nodiscard]] const std::string& last() const noexcept { return last_; }

 private:
  void take(std::string_view line);

  const std::function<void(std::string_view)> line_;
  std::string begun_;  // of a line whose end has not come
  std::string last_;
};

}  // namespace ductape::cli
