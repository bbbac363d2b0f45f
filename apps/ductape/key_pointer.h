// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ductape/result.hpp>

namespace ductape::cli {

/// `--key-from`: takes a message's ordering key out of its JSON body. Immutable; thread-safe.
class KeyPointer {
 public:
  /// RFC 6901: "" is the whole body, "/origin", "/items/0/id", "~0" for "~" and "~1" for "/". Errors:
  /// `invalid_argument`.
  static Result<KeyPointer> parse(std::string_view pointer);

  /// The key: a string as it is, a number or boolean as its JSON text, nothing if the place is absent or null. Errors,
  /// all `invalid_argument`: the place holds an object or an array, or `json` is not JSON (the message says where).
  [[nodiscard]] Result<std::string> key_of(std::string_view json) const;

 private:
  std::string text_;
  std::vector<std::string> steps_;
};

}  // namespace ductape::cli
