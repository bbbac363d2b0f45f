// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <stdexcept>

namespace ductape::inline v0::support {
namespace {

// Linux gives clients 32768 and above.
constexpr int lowest = 12000, highest = 32000;

// A name in the abstract namespace: the system frees it with the process, however that ends.
int claim(int port) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto name = "ductape-test-port-" + std::to_string(port);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0) return descriptor;
  close(descriptor);
  return -1;
}

bool is_free(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;  // what a server before us left in TIME_WAIT is no listener
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(descriptor);
  return bound;
}

}  // namespace

LoopbackPort::LoopbackPort() {
  std::random_device random;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int port = std::uniform_int_distribution(lowest, highest)(random);
    claim_ = claim(port);
    if (claim_ < 0) continue;
    number_ = static_cast<std::uint16_t>(port);
    if (is_free(port)) return;
    close(claim_);
  }
  throw std::runtime_error("no free port of 127.0.0.1 between " + std::to_string(lowest) + " and " +
                           std::to_string(highest));
}

LoopbackPort::~LoopbackPort() { close(claim_); }

}  // namespace ductape::inline v0::support
