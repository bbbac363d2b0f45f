// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ductape/result.hpp>
#include <ductape/secret.hpp>
#include <string>

#include "providers/rabbitmq/options.h"
#include "src/net/stream.h"

namespace ductape::inline v0::rabbitmq {

/// How to reach the server and log in.
struct Access {
  net::Endpoint endpoint;
  std::string username;
  Secret password;
  std::string vhost;
  std::string connection_name = "ductape";
  std::chrono::seconds heartbeat{10};
  std::uint32_t frame_max = 131'072;
  driver::Millis patience{5'000};  ///< after which a server that does not answer is given up
};

/// What a URL says; what it leaves out is empty, or 0.
struct Url {
  bool tls = false;
  std::string host, username, password, vhost;
  std::uint16_t port = 0;
};

/// Errors: `invalid_argument`, which does not repeat the URL, as a password may stand in it.
Result<Url> parse_url(std::string_view text);

/// Errors: `invalid_argument` that names the field.
Result<Access> read_access(const RabbitmqOptions& options);

}  // namespace ductape::inline v0::rabbitmq
