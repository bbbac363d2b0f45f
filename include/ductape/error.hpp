// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ductape::inline v0 {

/// What went wrong, told by what the caller can do about it. Few on purpose.
enum class Errc : std::uint8_t {
  ok,
  invalid_argument,   ///< the call is wrong as written; the message says where
  not_found,          ///< a tag, a topic, a group, a file that should exist does not
  already_exists,     ///< `create` on an existing tag
  unauthenticated,    ///< log-in refused
  permission_denied,  ///< logged in, but not allowed
  unavailable,        ///< cannot be reached now; trying later may help
  timed_out,          ///< the deadline passed and nothing was handed over
  throttled,          ///< the provider asks to slow down
  queue_full,         ///< a bound was reached and the caller asked not to wait
  message_too_large,  ///< the message names size, limit and knob
  conflict,           ///< somebody else changed it, or it is still in use
  unsupported,        ///< this provider or this build cannot do it
  cancelled,          ///< given up on request
  closed,             ///< the object was closed before
  outcome_unknown,    ///< the provider may or may not have the message
  lost,               ///< the provider no longer honours this delivery
  data_loss,          ///< something that was accepted is gone, or a file is damaged
  internal,           ///< a defect in this library
};

/// The code in lower case with underscores, e.g. "not_found". Never fails.
[[nodiscard]] std::string_view to_string(Errc code) noexcept;

/// Whether the same call may succeed later without being changed.
[[nodiscard]] bool is_retryable(Errc code) noexcept;

/// A failure: what to do (`code`), what happened (`message`: the thing, the limit, the knob) and, where it helps, which
/// knob to turn (`hint`). `provider` and `native` carry the provider's folder name and its own words. A plain value.
struct Error {
  Errc code = Errc::ok;
  std::string message = {};
  std::string hint = {};
  std::string provider = {};
  std::string native = {};
  /// A documented name with static storage (`TOPIC_NOT_FOUND`), or null: then `name()` is the code in upper case.
  const char* documented = nullptr;

  /// The stable name that command line, HTTP and bindings show: `TOPIC_NOT_FOUND`, else e.g. `TIMED_OUT`.
  [[nodiscard]] std::string_view name() const noexcept;

  /// True if this is a failure.
  explicit operator bool() const noexcept { return code != Errc::ok; }
};

/// Thrown by `Result::value()` when there is none. Carries the whole Error; `what()` is its message.
class Exception : public std::runtime_error {
 public:
  explicit Exception(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

}  // namespace ductape::inline v0
