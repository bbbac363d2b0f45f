// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/ack_subject.h"

#include <array>
#include <charconv>

namespace ductape::inline v0::nats {

std::optional<Position> read_ack_subject(std::string_view subject) {
  if (!subject.starts_with("$JS.ACK.")) return std::nullopt;
  std::array<std::string_view, 11> tokens;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin <= subject.size() && count < tokens.size();) {
    const auto end = std::min(subject.find('.', begin), subject.size());
    tokens[count++] = subject.substr(begin, end - begin);
    begin = end + 1;
  }
  const std::size_t first = count == 9 ? 4 : 6;
  if (count != 9 && count < tokens.size()) return std::nullopt;
  std::uint64_t deliveries = 0, sequence = 0, nanoseconds = 0;
  const auto number = [](std::string_view text, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
  };
  if (!number(tokens[first], deliveries) || !number(tokens[first + 1], sequence) ||
      !number(tokens[first + 3], nanoseconds))
    return std::nullopt;
  const std::chrono::nanoseconds since(static_cast<std::int64_t>(nanoseconds));
  return Position{.deliveries = static_cast<std::uint32_t>(deliveries),
                  .sequence = sequence,
                  .stored = driver::WallTime(std::chrono::duration_cast<driver::WallTime::duration>(since))};
}

}  // namespace ductape::inline v0::nats
