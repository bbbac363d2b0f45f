// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ductape/error.hpp>

namespace ductape::inline v0::kafka {

/// One row of the table that turns Kafka's words into ours.
struct NativeCode {
  int native;  ///< an rd_kafka_resp_err_t: the client library's are negative, the brokers' positive
  Errc code;
  std::string_view what;  ///< "<thing>: <what>"
  std::string_view hint;  ///< what to do
};

/// The whole table.
std::span<const NativeCode> native_codes();

/// What a code means for `thing`; `words` are the library's or the broker's own.
Error from_code(int code, std::string_view thing, std::string_view words = {});

/// The same of a connection's trouble, with the reason that the library gives and what it is a sign of.
Error from_connection(int code, std::string_view thing, std::string_view words);

/// Whether the words of a first connection that was lost let one see why.
bool is_sign(std::string_view words);

/// Whether trying the connection again will not mend it: the log-in or TLS was refused.
bool refuses_connection(Errc code);

/// An error of this provider.
Error failure(Errc code, std::string message, std::string hint = {});

}  // namespace ductape::inline v0::kafka
