// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ductape/error.hpp>

namespace ductape::inline v0::store::sqlite {

/// What one of SQLite's codes means for the caller.
struct Meaning {
  int code = 0;
  Errc errc = Errc::internal;
  bool unusable = false;  ///< the store as a whole, until somebody does something
  std::string_view what = {};
  std::string_view hint = {};
};

/// The one table of them: all primary codes, and extended ones that mean something else.
[[nodiscard]] std::span<const Meaning> meanings() noexcept;

/// The error for one of SQLite's (extended) codes. `system` is the errno behind it, 0 if none; `words` are SQLite's.
[[nodiscard]] Error make_error(int code, int system, std::string_view words, std::string_view file);

}  // namespace ductape::inline v0::store::sqlite
