// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/last_words.h"

#include "apps/ductape/json_text.h"

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

std::string utf8_prefix(std::string_view text, std::size_t most) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto next = length > 0 ? text.substr(0, length) : replacement;
    if (out.size() + next.size() > most) break;
    out += next;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace ductape::cli
