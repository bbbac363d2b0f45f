// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/loopback_port.h"
#include "tests/support/server_process.h"

namespace ductape::inline v0::support {

struct NatsServerOptions {
  bool jetstream = true;
  std::string user = {}, password = {};
  std::string token = {};
  std::optional<ServerTls> tls = {};
  std::string configuration = {};  ///< further lines of its configuration file
};

/// A `nats-server` of this test's own. It runs when the constructor returns.
class NatsServer {
 public:
  explicit NatsServer(NatsServerOptions options = {});

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  [[nodiscard]] ServerProcess& process() { return process_; }
  /// Answers HTTP: /varz, /connz, /jsz.
  [[nodiscard]] std::uint16_t monitor_port() const { return monitor_port_.number(); }
  /// The body of what the monitor answers to `GET path`; empty if it does not.
  [[nodiscard]] std::string monitor(const std::string& path) const;

 private:
  [[nodiscard]] std::string configuration() const;

  const NatsServerOptions options_;
  const LoopbackPort port_, monitor_port_;
  ServerProcess process_{"nats"};
};

}  // namespace ductape::inline v0::support
