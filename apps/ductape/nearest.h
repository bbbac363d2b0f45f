// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ductape::cli {

/// How many letters must be changed, added or left out to make `b` of `a`.
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto best = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (a[i] != b[j])});
      diagonal = std::exchange(row[j + 1], best);
    }
  }
  return row.back();
}

/// The known name that `word` was probably meant to be; empty if none is near.
[[nodiscard]] inline std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = std::min<std::size_t>(3, word.size() / 3 + 1);
  for (const auto& name : known)
    if (const auto distance = edits(word, name); distance < least) {
      least = distance;
      best = name;
    }
  return best;
}

}  // namespace ductape::cli
