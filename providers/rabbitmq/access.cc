// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/access.h"

#include <charconv>

#include <ductape/driver/percent_decoded.hpp>

#include "providers/rabbitmq/errors.h"

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::uint16_t plain_port = 5672, tls_port = 5671;
constexpr std::int64_t least_frame = 4'096, most_frame = 131'072, longest_heartbeat = 60;

Error wrong(std::string message, std::string hint = {}) {
  return failure(Errc::invalid_argument, std::move(message), std::move(hint));
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

std::optional<std::int64_t> number_in(const driver::Config& native, const std::string& key) {
  const auto found = native.find(key);
  std::int64_t value = 0;
  if (found == native.end()) return std::nullopt;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

std::optional<Error> read_native(const driver::Config& native, Access& access) {
  for (const auto& [key, value] : native)
    if (key != "heartbeat" && key != "frame-max" && key != "connection-name")
      return wrong("native." + key + " is no setting of a connection to rabbitmq",
                   "there are heartbeat, frame-max and connection-name");
  if (const auto heartbeat = number_in(native, "heartbeat")) {
    if (*heartbeat < 1 || *heartbeat > longest_heartbeat)
      return wrong("native.heartbeat is not 1 to 60", "give whole seconds");
    access.heartbeat = std::chrono::seconds(*heartbeat);
  }
  if (const auto frame = number_in(native, "frame-max")) {
    if (*frame < least_frame || *frame > most_frame) return wrong("native.frame-max is not 4096 to 131072");
    access.frame_max = static_cast<std::uint32_t>(*frame);
  }
  if (const auto name = native.find("connection-name"); name != native.end()) access.connection_name = name->second;
  return std::nullopt;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view form =
      "write it as amqp[s]://user:password@host:port/vhost, with %XX for special characters";
  Url url;
  if (text.starts_with("amqps://"))
    url.tls = true;
  else if (!text.starts_with("amqp://"))
    return wrong("`url` begins neither with amqp:// nor with amqps://", std::string(form));
  text.remove_prefix(text.find("//") + 2);
  const auto slash = text.find('/');
  auto authority = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto path = text.substr(slash + 1);
    if (path.find_first_of("/?#") != std::string_view::npos)
      return wrong("`url` has something behind the virtual host, or a / in it", "write a / in it as %2F");
    url.vhost = driver::percent_decoded(path);
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const auto user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto colon = user.find(':');
    url.username = driver::percent_decoded(user.substr(0, colon));
    if (colon != std::string_view::npos) url.password = driver::percent_decoded(user.substr(colon + 1));
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  auto host = authority;
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    if (!read_port(authority.substr(colon + 1), url.port)) return wrong("`url` has a port that is not 1 to 65535");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return wrong("`url` names no host", std::string(form));
  url.host = host;
  return url;
}

Result<Access> read_access(const RabbitmqOptions& options) {
  Access access{.endpoint = {.host = options.host, .port = 0},
                .username = options.username,
                .password = options.password,
                .vhost = options.vhost};
  bool tls = options.tls;
  access.endpoint.port = static_cast<std::uint16_t>(options.port);
  if (const auto text = options.url.reveal(); !text.empty()) {
    auto url = parse_url(text);
    if (!url) return std::move(url).error();
    tls = url->tls;
    access.endpoint.host = url->host;
    access.endpoint.port = url->port;
    if (!url->username.empty()) access.username = url->username;
    if (!url->password.empty()) access.password = Secret(url->password);
    if (!url->vhost.empty()) access.vhost = url->vhost;
  }
  if (access.endpoint.port == 0) access.endpoint.port = tls ? tls_port : plain_port;
  if (access.endpoint.host.empty()) return wrong("`host` is empty", "name the server");
  if (access.vhost.empty() || access.vhost.size() > 255) return wrong("`vhost` is not 1 to 255 bytes");
  // The user that each server has, and lets in from its own host only.
  if (access.password.reveal().empty() && access.username == "guest") access.password = Secret("guest");
  if (access.password.reveal().empty())
    return wrong("username " + access.username + " has no password", "set `password`");
  if (auto error = read_native(options.native, access)) return std::move(*error);
  if (tls) {
    auto context = net::tls_context(options.tls_files);
    if (!context) return std::move(context).error();
    access.endpoint.tls = std::move(*context);
  }
  return access;
}

}  // namespace ductape::inline v0::rabbitmq
