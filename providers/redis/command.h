// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ductape::inline v0::redis {

/// One command and its arguments, kept as they go over the wire.
class Command {
 public:
  Command(std::initializer_list<std::string_view> arguments) {
    for (const auto argument : arguments) add(argument);
  }
  Command& add(std::string_view argument);
  Command& add(const char* argument) { return add(std::string_view(argument)); }
  Command& add(std::integral auto number) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.begin(), text.end(), number).ptr;
    return add(std::string_view(text.begin(), end));
  }

  /// Appends it.
  void write_to(std::string& out) const;

 private:
  std::string arguments_;
  std::size_t count_ = 0;
};

/// The same for one whose arguments are all at hand, without a copy between.
void write_command(std::initializer_list<std::string_view> arguments, std::string& out);

}  // namespace ductape::inline v0::redis
