// SPDX-License-Identifier: Apache-2.0
// A broker of Kafka for tests that are not C++:
//
//   serve_kafka [--version V] [--user NAME PASSWORD] [--stranger NAME PASSWORD] [--tls AUTHORITY]
//               [--show CERTIFICATE KEY]... [--client-certificates] [--advertise PORT] [--property LINE]...
//
// A --stranger may log in and has no rights; of --show the first is the certificate of the first listener, and so on.
// With --client-certificates they want one that AUTHORITY signed.
// Prints its ports as JSON when it serves. Then it obeys one word a line, kill, start, freeze or thaw, answers `done`,
// and lives until its standard input ends.
#include <iostream>

#include "tests/support/kafka_server.h"

namespace {

using namespace ductape::support;

bool read(int argc, char** argv, KafkaServerOptions& options) {
  std::vector<Certificate> shown;
  std::string authority;
  bool wants_certificates = false;
  for (int at = 1; at < argc; ++at) {
    const std::string what = argv[at];
    const auto next = [&] { return ++at < argc ? std::string(argv[at]) : std::string(); };
    if (what == "--version") {
      options.version = next();
    } else if (what == "--user" || what == "--stranger") {
      auto name = next();
      options.users.push_back({.name = std::move(name), .password = next(), .allowed = what == "--user"});
    } else if (what == "--tls") {
      authority = next();
    } else if (what == "--show") {
      auto certificate = next();
      shown.push_back({.certificate = std::move(certificate), .key = next()});
    } else if (what == "--client-certificates") {
      wants_certificates = true;
    } else if (what == "--advertise") {
      options.advertised_port = static_cast<std::uint16_t>(std::stoi(next()));
    } else if (what == "--property") {
      options.properties += next() + "\n";
    } else {
      return false;
    }
  }
  if (!authority.empty() && !shown.empty()) {
    options.tls = ServerTls{
        .certificate = shown.front(), .authority = authority, .client_certificate_required = wants_certificates};
    options.also_shown.assign(shown.begin() + 1, shown.end());
  }
  return authority.empty() == shown.empty();
}

bool obey(ServerProcess& process, const std::string& word) {
  if (word == "kill") return process.kill(), true;
  if (word == "start") return process.start(), true;
  if (word == "freeze") return process.freeze(), true;
  if (word == "thaw") return process.thaw(), true;
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  KafkaServerOptions options;
  if (!read(argc, argv, options)) {
    std::cerr << "usage: see serve_kafka.cc\n";
    return 2;
  }
  KafkaServer kafka(options);
  std::cout << R"({"port": )" << kafka.port() << R"(, "inner": )" << kafka.inner_port();
  if (!options.users.empty()) std::cout << R"(, "sasl": )" << kafka.sasl_port();
  if (!options.users.empty() && options.tls) std::cout << R"(, "sasl_ssl": )" << kafka.sasl_ssl_port();
  if (options.tls) {
    std::cout << R"(, "ssl": [)" << kafka.ssl_port();
    for (std::size_t which = 1; which <= options.also_shown.size(); ++which) std::cout << ", " << kafka.ssl_port(which);
    std::cout << "]";
  }
  std::cout << "}" << std::endl;
  for (std::string word; std::getline(std::cin, word);)
    std::cout << (obey(kafka.process(), word) ? "done" : "unknown") << std::endl;
}
