// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/error.hpp>
#include <span>
#include <string>
#include <string_view>

namespace ductape::inline v0::redis {

/// An error reply begins with a word: what it means to the caller.
struct NativeCode {
  std::string_view word;
  Errc code;
  std::string_view what;  ///< after the server's name
  std::string_view hint;
};

/// The one table of them.
std::span<const NativeCode> native_codes();

[[nodiscard]] Error failure(Errc code, std::string message, std::string hint = {});
/// What is not there and may not be made.
[[nodiscard]] Error not_to_be_made(const std::string& thing);
/// What an error reply says, of the server at `server`, about `what` was asked.
[[nodiscard]] Error from_reply(std::string_view reply, const std::string& server);

}  // namespace ductape::inline v0::redis
