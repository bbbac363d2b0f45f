// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ductape/error.hpp>

namespace ductape::inline v0::local {

/// One row of the table that turns SQLite's words into ours.
struct NativeCode {
  int sqlite;  ///< primary result code, or an extended one where it means something else
  Errc code;
  const char* documented;  ///< the error's name if it is more telling than the code, or null
  std::string_view what;   ///< "... <what>"
  std::string_view hint;   ///< what to do
};

/// The whole table; extended codes stand before their primary one.
std::span<const NativeCode> native_codes();

/// What the extended result code `sqlite` means for `file`.
Error from_sqlite(int sqlite, std::string_view file);

/// What `errno` means for `file` (a path that could not be opened, made or locked).
Error from_errno(int number, std::string_view doing, std::string_view file);

/// An error of this provider.
Error failure(Errc code, std::string message, std::string hint = {});

/// Whether the same SQLite connection is no longer to be trusted after this code.
bool is_fatal(int sqlite);

/// Whether a smaller transaction may succeed after this code.
bool is_too_much(int sqlite);

}  // namespace ductape::inline v0::local
