// SPDX-License-Identifier: Apache-2.0
#include "tests/support/nats_server.h"

#include <fstream>

#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

std::string quoted(const std::filesystem::path& path) { return "\"" + path.string() + "\""; }

}  // namespace

NatsServer::NatsServer(NatsServerOptions options) : options_(std::move(options)) {
  const auto file = process_.directory() / "nats.conf";
  std::ofstream(file) << configuration();
  // The monitor answers before clients are let in.
  process_.set_command({"nats-server", "-c", file}, [this] {
    return monitor("/healthz").find("\"ok\"") != std::string::npos && ask(port(), "").starts_with("INFO");
  });
  process_.start();
}

std::string NatsServer::configuration() const {
  std::string text = "listen: \"127.0.0.1:" + port_.text() + "\"\nhttp: \"127.0.0.1:" + monitor_port_.text() + "\"\n";
  if (options_.jetstream)
    text += "jetstream { store_dir: " + quoted(process_.directory() / "store") + ", max_file_store: 1GB }\n";
  if (!options_.token.empty())
    text += "authorization { token: \"" + options_.token + "\" }\n";
  else if (!options_.user.empty())
    text += "authorization { user: \"" + options_.user + "\", password: \"" + options_.password + "\" }\n";
  if (options_.tls) {
    text += "tls {\n  cert_file: " + quoted(options_.tls->certificate.certificate) + "\n";
    text += "  key_file: " + quoted(options_.tls->certificate.key) + "\n";
    text += "  ca_file: " + quoted(options_.tls->authority) + "\n";
    text += std::string("  verify: ") + (options_.tls->client_certificate_required ? "true" : "false") + "\n}\n";
  }
  return text + options_.configuration;
}

std::string NatsServer::monitor(const std::string& path) const {
  try {
    TextConnection connection(monitor_port());
    connection.send("GET " + path + " HTTP/1.0\r\n\r\n");
    const auto answer = connection.read_all();
    const auto body = answer.find("\r\n\r\n");
    return body == std::string::npos ? std::string() : answer.substr(body + 4);
  } catch (const std::runtime_error&) {
    return {};
  }
}

}  // namespace ductape::inline v0::support
