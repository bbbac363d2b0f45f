// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/standing.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace ductape::inline v0::kafka {
namespace {

// The brokers' offset.metadata.max.bytes is 4096.
constexpr std::size_t longest = 4'000;
// What nothing of ours says, and a sum with an offset still has room for.
constexpr std::int64_t too_far = std::int64_t{1} << 31;

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 0 || value >= too_far) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

}  // namespace

void Offsets::add(std::int64_t first, std::int64_t last) {
  auto next = ranges_.upper_bound(first);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second >= last) return;
    if (before->second + 1 >= first) {
      first = before->first;
      ranges_.erase(before);
    }
  }
  while (next != ranges_.end() && next->first <= last + 1) {
    last = std::max(last, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace(first, last);
}

void Offsets::remove_below(std::int64_t offset) {
  while (!ranges_.empty() && ranges_.begin()->first < offset) {
    const auto last = ranges_.begin()->second;
    ranges_.erase(ranges_.begin());
    if (last >= offset) ranges_.emplace(offset, last);
  }
}

bool Offsets::contains(std::int64_t offset) const {
  const auto next = ranges_.upper_bound(offset);
  return next != ranges_.begin() && std::prev(next)->second >= offset;
}

std::uint64_t Offsets::count() const {
  std::uint64_t count = 0;
  for (const auto& [first, last] : ranges_) count += static_cast<std::uint64_t>(last - first + 1);
  return count;
}

std::uint64_t Offsets::count_below(std::int64_t offset) const {
  std::uint64_t count = 0;
  for (const auto& [first, last] : ranges_)
    if (first < offset) count += static_cast<std::uint64_t>(std::min(last + 1, offset) - first);
  return count;
}

// "starts=3 until=256 alone=2 done=2-5,9": counted from the offset, so that the numbers stay short.
std::string write_metadata(Standing& standing) {
  std::string text = "starts=" + std::to_string(standing.starts);
  if (standing.until > standing.offset) text += " until=" + std::to_string(standing.until - standing.offset);
  if (standing.alone > 0) text += " alone=" + std::to_string(standing.alone);
  Offsets named;
  for (const auto& [first, last] : standing.done.ranges()) {
    std::string range = (named.ranges().empty() ? " done=" : ",") + std::to_string(first - standing.offset);
    if (last > first) range += '-' + std::to_string(last - standing.offset);
    if (text.size() + range.size() > longest) break;
    text += range;
    named.add(first, last);
  }
  standing.done = std::move(named);
  return text;
}

Standing read_standing(std::int64_t offset, std::string_view metadata) {
  Standing standing{.offset = offset};
  if (!take(metadata, "starts=")) return standing;
  const auto starts = take_number(metadata);
  if (!starts) return standing;
  standing.starts = static_cast<std::uint32_t>(*starts);
  if (take(metadata, " until="))
    if (const auto until = take_number(metadata)) standing.until = offset + *until;
  if (take(metadata, " alone="))
    if (const auto alone = take_number(metadata)) standing.alone = static_cast<std::uint32_t>(*alone);
  if (!take(metadata, " done=")) return standing;
  do {
    const auto first = take_number(metadata);
    if (!first) break;
    auto last = first;
    if (take(metadata, "-")) last = take_number(metadata);
    if (!last || *last < *first) break;
    standing.done.add(offset + *first, offset + *last);
  } while (take(metadata, ","));
  return standing;
}

}  // namespace ductape::inline v0::kafka
