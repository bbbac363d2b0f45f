// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace ductape::inline v0 {

/// A credential. It has no way into a stream, a format or a comparison with text, so that it is not printed by mistake;
/// who hands it to a server says `reveal()`.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

 private:
  std::string value_;
};

}  // namespace ductape::inline v0
