// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/loopback_port.h"
#include "tests/support/server_process.h"

namespace ductape::inline v0::support {

struct RabbitmqServerOptions {
  std::optional<ServerTls> tls = {};
  std::string definitions = {};    ///< JSON of what is there from the beginning: users, virtual hosts, queues, ...
  std::string configuration = {};  ///< further lines of rabbitmq.conf
};

/// A RabbitMQ node of this test's own, with an epmd of its own, so that many run side by side. `guest` logs in with
/// `guest` unless the definitions say otherwise. It runs when the constructor returns.
class RabbitmqServer {
 public:
  explicit RabbitmqServer(RabbitmqServerOptions options = {});

  [[nodiscard]] std::uint16_t port() const { return port_.number(); }
  /// Only with `tls`; the plain port is there too.
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_.number(); }
  [[nodiscard]] ServerProcess& process() { return process_; }
  /// What `rabbitmqctl` prints; half a second a call. Throws `std::runtime_error` if it fails.
  std::string control(const std::vector<std::string>& arguments) const;

 private:
  [[nodiscard]] std::string configuration() const;
  [[nodiscard]] std::vector<std::string> environment() const;

  const RabbitmqServerOptions options_;
  const LoopbackPort port_, tls_port_, distribution_port_, names_port_;
  ServerProcess names_{"epmd"};  // Erlang's name server, which a node would start and leave behind
  ServerProcess process_{"rabbitmq"};
};

}  // namespace ductape::inline v0::support
