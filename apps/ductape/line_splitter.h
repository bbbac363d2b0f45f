// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ductape::cli {

/// Cuts a stream of bytes into numbered lines, with bounded memory. Not thread-safe.
///
///     splitter.feed(chunk);                       // then, until it returns nothing:
///     while (auto line = splitter.next()) ...     // after the last chunk: splitter.finish(), and next() once more
class LineSplitter {
 public:
  struct Line {
    std::uint64_t number = 0;    ///< from 1; blank lines count
    std::string_view text = {};  ///< without its end ("\n" or "\r\n"); valid until the next call of feed()
    bool too_long = false;       ///< then `text` is empty, and the rest of the line was dropped
  };

  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  /// More bytes. All lines of the chunk before must have been taken.
  void feed(std::string_view chunk);
  /// The input has ended: what is left is a line too.
  void finish();
  std::optional<Line> next();

 private:
  Line line(std::string_view text);

  std::size_t max_line_;
  std::string buffer_;
  std::size_t start_ = 0;     // of the line that comes next
  std::size_t searched_ = 0;  // before this there is no line end after start_
  std::uint64_t number_ = 0;
  bool finished_ = false;
  bool dropping_ = false;  // inside a line that is too long
};

/// Whether there is nothing in a line but white space.
[[nodiscard]] bool is_blank(std::string_view line) noexcept;

}  // namespace ductape::cli
