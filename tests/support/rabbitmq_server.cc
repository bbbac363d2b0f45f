// SPDX-License-Identifier: Apache-2.0
#include "tests/support/rabbitmq_server.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

// Debian's programs in the path change the user, the directory and the environment before they call these.
const std::string programs = "/usr/lib/rabbitmq/bin/";
constexpr std::chrono::seconds patience(60);
constexpr std::string_view protocol_header("AMQP\0\0\x09\x01", 8);

bool listens(std::uint16_t port) {
  try {
    const TextConnection connection(port);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

RabbitmqServer::RabbitmqServer(RabbitmqServerOptions options) : options_(std::move(options)) {
  names_.set_command({"epmd", "-address", "127.0.0.1", "-port", names_port_.text()},
                     [this] { return listens(names_port_.number()); });
  names_.start();
  const auto& directory = process_.directory();
  std::filesystem::create_directories(directory / "home");
  std::ofstream(directory / "rabbitmq.conf") << configuration();
  std::ofstream(directory / "enabled_plugins") << "[].\n";
  if (!options_.definitions.empty()) std::ofstream(directory / "definitions.json") << options_.definitions;
  std::vector<std::string> command{"/usr/bin/env"};
  for (auto& variable : environment()) command.push_back(std::move(variable));
  command.push_back(programs + "rabbitmq-server");
  process_.set_command(
      std::move(command),
      [this] {
        const auto greeting = ask(port(), protocol_header);
        return !greeting.empty() && greeting.front() == 1;
      },
      patience);
  process_.start();
}

std::string RabbitmqServer::configuration() const {
  std::string text = "listeners.tcp.1 = 127.0.0.1:" + port_.text() + "\n";
  // What is full on this machine is no test's business.
  text += "vm_memory_high_watermark.absolute = 4GB\ndisk_free_limit.absolute = 1MB\n";
  text += "log.console = true\nlog.console.level = warning\nlog.file = false\n";
  if (!options_.definitions.empty())
    text += "load_definitions = " + (process_.directory() / "definitions.json").string() + "\n";
  if (options_.tls) {
    text += "listeners.ssl.1 = 127.0.0.1:" + tls_port_.text() + "\n";
    text += "ssl_options.cacertfile = " + options_.tls->authority.string() + "\n";
    text += "ssl_options.certfile = " + options_.tls->certificate.certificate.string() + "\n";
    text += "ssl_options.keyfile = " + options_.tls->certificate.key.string() + "\n";
    const bool strict = options_.tls->client_certificate_required;
    text += std::string("ssl_options.verify = ") + (strict ? "verify_peer" : "verify_none") + "\n";
    text += std::string("ssl_options.fail_if_no_peer_cert = ") + (strict ? "true" : "false") + "\n";
  }
  return text + options_.configuration;
}

std::vector<std::string> RabbitmqServer::environment() const {
  const auto& directory = process_.directory();
  const auto at = [&](const char* name) { return (directory / name).string(); };
  return {"HOME=" + at("home"), "RABBITMQ_NODENAME=ductape-" + port_.text() + "@localhost",
          "RABBITMQ_DIST_PORT=" + distribution_port_.text(), "ERL_EPMD_ADDRESS=127.0.0.1",
          "ERL_EPMD_PORT=" + names_port_.text(), "RABBITMQ_MNESIA_BASE=" + at("mnesia"),
          "RABBITMQ_LOG_BASE=" + at("logs"), "RABBITMQ_LOGS=-", "RABBITMQ_PID_FILE=" + at("pid"),
          "RABBITMQ_ENABLED_PLUGINS_FILE=" + at("enabled_plugins"), "RABBITMQ_CONFIG_FILE=" + at("rabbitmq"),
          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
          // Then its script becomes the node, and does not stand before it.
          "RUNNING_UNDER_SYSTEMD=true"};
}

std::string RabbitmqServer::control(const std::vector<std::string>& arguments) const {
  std::string command = "env";
  for (const auto& variable : environment()) command += ' ' + quoted(variable);
  command += ' ' + programs + "rabbitmqctl --quiet";
  for (const auto& argument : arguments) command += ' ' + quoted(argument);
  std::FILE* const output = popen((command + " 2>&1").c_str(), "r");
  if (output == nullptr) throw std::runtime_error("rabbitmqctl cannot be started");
  std::string said;
  std::array<char, 4096> buffer;
  for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), output)) > 0;)
    said.append(buffer.data(), got);
  if (pclose(output) != 0) throw std::runtime_error("rabbitmqctl failed: " + said);
  return said;
}

}  // namespace ductape::inline v0::support
