// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::pipeline {

/// A UUIDv7 in its text form: sorts by time, unique without asking anybody.
class MessageId {
 public:
  explicit MessageId(driver::WallTime now);
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 36> text_;
};

/// Uniform in [0, 1), for jitter. One generator a thread.
double random_unit();

}  // namespace ductape::inline v0::pipeline
