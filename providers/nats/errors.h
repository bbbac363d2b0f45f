// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ductape/error.hpp>

namespace ductape::inline v0::nats {

/// One row of the table that turns NATS' words into ours.
struct NativeCode {
  int native;  ///< a natsStatus of the client library, or an `err_code` of JetStream, which are above 10000
  Errc code;
  std::string_view what;  ///< "<thing>: <what>"
  std::string_view hint;  ///< what to do
};

/// The whole table.
std::span<const NativeCode> native_codes();

/// What a natsStatus means for `thing`; `words` are the library's or the server's own.
Error from_status(int status, std::string_view thing, std::string_view words = {});

/// What an `err_code` of JetStream means for `thing`. `code` is the HTTP-like one beside it, for those not in the
/// table.
Error from_jetstream(int err_code, int code, std::string_view thing, std::string_view words);

/// Nothing listens to the subject: the stream is not there, or JetStream is not.
/// What is not there and may not be made.
Error not_to_be_made(std::string_view thing);
/// A message that was not sent: with its headers it has so many bytes.
Error too_large(std::string_view thing, std::size_t size, std::size_t most, std::size_t max_payload);
Error no_responders(std::string_view thing);

/// An error of this provider.
Error failure(Errc code, std::string message, std::string hint = {});

}  // namespace ductape::inline v0::nats
