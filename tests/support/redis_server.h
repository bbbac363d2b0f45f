// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/loopback_port.h"
#include "tests/support/server_process.h"

namespace ductape::inline v0::support {

struct RedisServerOptions {
  enum class Persistence { none, everysec, always } persistence = Persistence::everysec;
  std::string user = {};      ///< who must log in; empty: the default user
  std::string password = {};  ///< empty: nobody must
  std::optional<ServerTls> tls = {};
  std::string configuration = {};  ///< further lines of redis.conf
};

/// A `redis-server` of this test's own. It runs when the constructor returns.
class RedisServer {
 public:
  explicit RedisServer(RedisServerOptions options = {});

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  /// Only with `tls`; the plain port is there too.
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_.number(); }
  [[nodiscard]] ServerProcess& process() { return process_; }
  /// The first line that is answered to a command in one line, after the log-in; empty if nothing is.
  [[nodiscard]] std::string command(const std::string& line) const;

 private:
  [[nodiscard]] std::string configuration() const;

  const RedisServerOptions options_;
  const LoopbackPort port_, tls_port_;
  ServerProcess process_{"redis"};
};

}  // namespace ductape::inline v0::support
