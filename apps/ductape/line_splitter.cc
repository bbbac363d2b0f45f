// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/line_splitter.h"

#include <utility>

namespace ductape::cli {

void LineSplitter::feed(std::string_view chunk) {
  buffer_.erase(0, start_);
  searched_ -= start_;
  start_ = 0;
  buffer_.append(chunk);
}

void LineSplitter::finish() { finished_ = true; }

LineSplitter::Line LineSplitter::line(std::string_view text) {
  const bool too_long = std::exchange(dropping_, false) || text.size() > max_line_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  return {++number_, too_long ? std::string_view() : text, too_long};
}

std::optional<LineSplitter::Line> LineSplitter::next() {
  const std::string_view all = buffer_;
  if (const auto end = all.find('\n', searched_); end != all.npos) {
    const auto text = all.substr(start_, end - start_);
    start_ = searched_ = end + 1;
    return line(text);
  }
  const auto rest = all.substr(start_);
  searched_ = all.size();
  if (finished_) {
    start_ = all.size();
    if (rest.empty() && !dropping_) return std::nullopt;
    return line(rest);
  }
  if (rest.size() > max_line_) {
    dropping_ = true;
    start_ = searched_;
  }
  return std::nullopt;
}

bool is_blank(std::string_view line) noexcept { return line.find_first_not_of(" \t\r\v\f") == line.npos; }

}  // namespace ductape::cli
