// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/reach.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace ductape::inline v0::nats {
namespace {

constexpr std::chrono::milliseconds patience{1'000};

using Clock = std::chrono::steady_clock;

struct HostAndPort {
  std::string host, port = "4222";
};

// nats://user:password@host:port, of which only the host must be there.
HostAndPort parse(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  url = url.substr(0, url.find('/'));
  HostAndPort found;
  const auto colon = url.rfind(':'), bracket = url.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    found.port = url.substr(colon + 1);
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  found.host = url;
  return found;
}

// 0 if it takes a connection.
int error_of_connecting(const addrinfo& to, Clock::time_point until) {
  const int descriptor = socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  int error = connect(descriptor, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait{.fd = descriptor, .events = POLLOUT, .revents = 0};
    socklen_t size = sizeof error;
    if (poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) <= 0)
      error = ETIMEDOUT;
    else
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  close(descriptor);
  return error;
}

std::string in_the_way(const HostAndPort& server, Clock::time_point until) {
  const addrinfo wanted{.ai_flags = 0,
                        .ai_family = AF_UNSPEC,
                        .ai_socktype = SOCK_STREAM,
                        .ai_protocol = 0,
                        .ai_addrlen = 0,
                        .ai_addr = nullptr,
                        .ai_canonname = nullptr,
                        .ai_next = nullptr};
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &list); error != 0)
    return gai_strerror(error);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, freeaddrinfo);
  int error = 0;
  for (const auto* each = list; each != nullptr; each = each->ai_next)
    if (error = error_of_connecting(*each, until); error == 0) return {};
  return error == ETIMEDOUT ? "no answer" : std::generic_category().message(error);
}

}  // namespace

std::string what_is_in_the_way(const NatsOptions& options) {
  const auto until = Clock::now() + patience;
  std::string all;
  for (const auto& url : options.servers) {
    const auto server = parse(url);
    const auto what = in_the_way(server, until);
    if (!what.empty()) all += (all.empty() ? "" : "; ") + server.host + ":" + server.port + ": " + what;
  }
  return all;
}

}  // namespace ductape::inline v0::nats
