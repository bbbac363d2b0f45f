// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ductape::inline v0::redis {

/// One command and its arguments. The views must outlive it; numbers are written out.
class Command {
 public:
  Command(std::initializer_list<std::string_view> arguments) {
    for (const auto argument : arguments) add(argument);
  }
  Command& add(std::string_view argument) {
    begins_.push_back(argument.data());
    sizes_.push_back(argument.size());
    return *this;
  }
  Command& add(const char* argument) { return add(std::string_view(argument)); }
  Command& add(std::integral auto number) { return add_copy(std::to_string(number)); }
  /// Of a text that goes before the command does.
  Command& add_copy(std::string text) { return add(keep(std::move(text))); }
  /// A text that goes with the command.
  std::string_view keep(std::string text) {
    return *copies_.emplace_back(std::make_unique<std::string>(std::move(text)));
  }

  /// Appends it as it goes over the wire.
  void write_to(std::string& out) const;

 private:
  std::vector<const char*> begins_;
  std::vector<std::size_t> sizes_;
  std::vector<std::unique_ptr<std::string>> copies_;
};

}  // namespace ductape::inline v0::redis
