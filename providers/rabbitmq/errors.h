// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ductape/error.hpp>
#include <span>
#include <string>
#include <string_view>

namespace ductape::inline v0::rabbitmq {

/// Why the server closed a channel or a connection, or returned a message: what it means to the caller. One code says
/// several things; then `words` are in its text.
struct NativeCode {
  std::uint16_t code;
  std::string_view words;
  Errc meaning;
  std::string_view what;  ///< after the server's name
  std::string_view hint;
};

/// The one table of them; the first that fits holds.
std::span<const NativeCode> native_codes();

[[nodiscard]] Error failure(Errc code, std::string message, std::string hint = {});
/// What the server at `server` said with a code and a text.
[[nodiscard]] Error from_close(std::uint16_t code, std::string_view text, const std::string& server);
/// It would have dropped the message, as no queue is bound.
[[nodiscard]] Error no_group(std::string_view exchange, std::string_view routing_key);

}  // namespace ductape::inline v0::rabbitmq
