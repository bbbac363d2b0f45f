// SPDX-License-Identifier: Apache-2.0
#include "tests/support/text_connection.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace ductape::inline v0::support {

TextConnection::TextConnection(std::uint16_t port, std::chrono::milliseconds patience)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{.tv_sec = static_cast<time_t>(patience.count() / 1000),
                      .tv_usec = static_cast<suseconds_t>(patience.count() % 1000 * 1000)};
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  close(descriptor_);
  throw std::runtime_error("nobody listens on 127.0.0.1:" + std::to_string(port));
}

TextConnection::~TextConnection() { close(descriptor_); }

void TextConnection::send(std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) throw std::runtime_error("a connection of 127.0.0.1 takes nothing");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string TextConnection::read_line() {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.find('\n') == std::string::npos) {
    const auto got = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return {};
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string TextConnection::read_all() {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = recv(descriptor_, buffer.data(), buffer.size(), 0)) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

bool TextConnection::is_silent(std::chrono::milliseconds time) {
  pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, static_cast<int>(time.count())) == 0;
}

bool TextConnection::is_closed() {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto got = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return true;
    if (got < 0) return false;
  }
}

std::string ask(std::uint16_t port, std::string_view text, std::chrono::milliseconds patience) {
  try {
    TextConnection connection(port, patience);
    connection.send(text);
    return connection.read_line();
  } catch (const std::runtime_error&) {
    return {};
  }
}

}  // namespace ductape::inline v0::support
