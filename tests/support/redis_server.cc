// SPDX-License-Identifier: Apache-2.0
#include "tests/support/redis_server.h"

#include <fstream>

#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {

RedisServer::RedisServer(RedisServerOptions options) : options_(std::move(options)) {
  const auto file = process_.directory() / "redis.conf";
  std::ofstream(file) << configuration();
  process_.set_command({"redis-server", file}, [this] { return command("PING").starts_with("+PONG"); });
  process_.start();
}

std::string RedisServer::configuration() const {
  using Persistence = RedisServerOptions::Persistence;
  std::string text = "bind 127.0.0.1\nport " + port_.text() + "\ndaemonize no\nsave \"\"\n";
  text += "dir " + process_.directory().string() + "\n";
  text += options_.persistence == Persistence::none ? "appendonly no\n" : "appendonly yes\n";
  text += options_.persistence == Persistence::always ? "appendfsync always\n" : "appendfsync everysec\n";
  if (!options_.user.empty())
    text += "user default off\nuser " + options_.user + " on >" + options_.password + " ~* &* +@all\n";
  else if (!options_.password.empty())
    text += "requirepass " + options_.password + "\n";
  if (options_.tls) {
    text += "tls-port " + tls_port_.text() + "\n";
    text += "tls-cert-file " + options_.tls->certificate.certificate.string() + "\n";
    text += "tls-key-file " + options_.tls->certificate.key.string() + "\n";
    text += "tls-ca-cert-file " + options_.tls->authority.string() + "\n";
    text += std::string("tls-auth-clients ") + (options_.tls->client_certificate_required ? "yes" : "optional") + "\n";
  }
  return text + options_.configuration;
}

std::string RedisServer::command(const std::string& line) const {
  try {
    TextConnection connection(port());
    if (!options_.password.empty()) {
      connection.send("AUTH " + (options_.user.empty() ? "" : options_.user + " ") + options_.password + "\r\n");
      if (const auto answer = connection.read_line(); !answer.starts_with("+OK")) return answer;
    }
    connection.send(line + "\r\n");
    return connection.read_line();
  } catch (const std::runtime_error&) {
    return {};
  }
}

}  // namespace ductape::inline v0::support
