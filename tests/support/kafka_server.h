// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/loopback_port.h"
#include "tests/support/server_process.h"

namespace ductape::inline v0::support {

/// Somebody who may log in, with each of `PLAIN`, `SCRAM-SHA-256` and `SCRAM-SHA-512`.
struct KafkaUser {
  std::string name, password;
  bool allowed = true;  ///< to do everything, else nothing; as long as all are, nobody is asked for rights
};

struct KafkaServerOptions {
  std::string version = "3.9.2";             ///< one that tools/kafka-server fetches
  std::uint16_t port = 0;                    ///< of the plain listener; 0: one of its own
  std::uint16_t advertised_port = 0;         ///< where that listener sends its clients, a gate's; 0: to itself
  std::optional<ServerTls> tls = {};         ///< beside the plain listener
  std::vector<Certificate> also_shown = {};  ///< with `tls`: each by a further listener
  std::vector<KafkaUser> users = {};         ///< the plain listener lets in everybody, with all rights
  std::string properties = {};               ///< further lines of server.properties; they go before ours
};

/// One broker of Apache Kafka, its own controller, of this test's own. It runs when the constructor returns; started
/// again after whatever end it has what it had. Two to five seconds each time.
class KafkaServer {
 public:
  explicit KafkaServer(KafkaServerOptions options = {});

  [[nodiscard]] std::uint16_t port() const { return options_.port != 0 ? options_.port : port_.number(); }
  /// Only with `tls`: 0 shows its certificate, 1 the first of `also_shown`.
  [[nodiscard]] std::uint16_t ssl_port(std::size_t which = 0) const { return ssl_ports_.at(which).number(); }
  /// Only with `users`; the second also needs `tls`.
  [[nodiscard]] std::uint16_t sasl_port() const { return sasl_port_.number(); }
  [[nodiscard]] std::uint16_t sasl_ssl_port() const { return sasl_ssl_port_.number(); }
  /// Plain, and never advertised as anything else: for a test's look at the broker past a gate.
  [[nodiscard]] std::uint16_t inner_port() const { return inner_port_.number(); }

  [[nodiscard]] ServerProcess& process() { return process_; }
  /// What `kcat` says, given `input`, of a broker at the inner port. It is killed after 20 s.
  [[nodiscard]] std::string kcat(const std::string& arguments, const std::string& input = {}) const;

 private:
  void write_key_store(std::size_t which, const Certificate& shown) const;
  [[nodiscard]] std::string properties() const;
  [[nodiscard]] std::string script() const;

  const KafkaServerOptions options_;
  const LoopbackPort port_, sasl_port_, sasl_ssl_port_, inner_port_, controller_port_;
  const std::deque<LoopbackPort> ssl_ports_;
  ServerProcess process_{"kafka"};
};

}  // namespace ductape::inline v0::support
