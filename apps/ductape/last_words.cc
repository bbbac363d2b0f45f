// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/last_words.h"

#include <ductape/utf8.hpp>

namespace ductape::cli {
namespace {

constexpr std::size_t longest_error = 1024;
// A handler that never ends a line must not fill the memory.
constexpr std::size_t longest_line = 64u << 10;

}  // namespace

void LastWords::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, std::min(end, longest_line - begun_.size()));
    begun_ += piece;
    bytes.remove_prefix(piece.size());
    if (!bytes.empty() && bytes.front() == '\n')
      bytes.remove_prefix(1);
    else if (begun_.size() < longest_line)
      continue;
    finish();
  }
}

void LastWords::finish() {
  if (begun_.empty()) return;
  take(begun_);
  begun_.clear();
}

void LastWords::take(std::string_view line) {
  line_(line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  if (!line.empty()) last_ = utf8_prefix(line, longest_error);
}

}  // namespace ductape::cli
