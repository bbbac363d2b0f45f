// SPDX-License-Identifier: Apache-2.0
#include "src/model/nearest.h"

#include <algorithm>
#include <array>
#include <vector>

#include "src/model/in_quotes.h"

namespace ductape::inline v0::model {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::vector<std::size_t>, 3> rows;
  for (auto& row : rows) row.resize(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  // A word that long is no slip of the pen, and the table grows with its length.
  if (word.size() > 128) return {};
  std::string_view best;
  std::size_t least = std::string_view::npos;
  for (auto candidate : known) {
    const auto edits = distance(word, candidate);
    const auto bearable = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 2);
    if (edits <= bearable && edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const auto found = nearest(word, known);
  return found.empty() ? std::string() : "; did you mean " + in_quotes(found) + "?";
}

}  // namespace ductape::inline v0::model
