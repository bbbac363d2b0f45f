// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/dial.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <limits>
#include <mutex>
#include <vector>

#include "providers/nats/errors.h"
#include "providers/nats/reach.h"

namespace ductape::inline v0::nats {
namespace {

constexpr int read_at_once = 128 << 10;
constexpr std::int64_t connect_timeout = 3'000;
constexpr std::int64_t write_deadline = 5'000;

std::string last_words() {
  natsStatus ignored = NATS_OK;
  const char* words = nats_GetLastError(&ignored);
  return words == nullptr ? std::string() : words;
}

// What OpenSSL said of the certificate, which the library repeats among other words.
std::string_view certificate_fault(std::string_view words) {
  for (const std::string_view fault :
       {"certificate has expired", "certificate is not yet valid", "hostname mismatch", "IP address mismatch",
        "unable to get local issuer certificate", "self-signed certificate", "self signed certificate"})
    if (words.find(fault) != std::string_view::npos) return fault;
  return {};
}

}  // namespace

bool uses_tls(const NatsOptions& options) {
  return options.tls || !options.tls_files.ca.empty() || !options.tls_files.certificate.empty() ||
         std::ranges::any_of(options.servers, [](const auto& server) { return server.starts_with("tls://"); });
}

std::string with_log_in_of(const std::string& server, std::string announced) {
  constexpr std::string_view after = "://";
  const auto scheme = server.find(after), at = server.rfind('@');
  const auto begin = scheme == std::string::npos ? 0 : scheme + after.size();
  if (at == std::string::npos || at < begin) return announced;
  return announced.insert(announced.find(after) + after.size(), server, begin, at + 1 - begin);
}

std::string servers_text(const NatsOptions& options) {
  std::string text;
  for (const auto& server : options.servers) {
    const auto scheme = server.find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    const auto user = server.rfind('@');
    if (!text.empty()) text += ", ";
    text += user == std::string::npos ? server : server.substr(0, begin) + server.substr(user + 1);
  }
  return text;
}

Result<OptionsPtr> library_options(const NatsOptions& options) {
  natsOptions* made = nullptr;
  if (const auto status = natsOptions_Create(&made); status != NATS_OK) return from_status(status, "options");
  OptionsPtr native(made);
  Error problem;
  const auto set = [&](natsStatus status, const std::string& what) {
    if (status != NATS_OK && !problem) problem = from_status(status, what, last_words());
  };
  const auto file = [&](natsStatus status, const std::string& field, const std::string& path) {
    if (status == NATS_OK || problem) return;
    problem =
        failure(Errc::invalid_argument, "`" + field + "`: the file " + path + " cannot be used", "look at the file");
    problem.native = last_words();
  };

  std::vector<const char*> servers;
  for (const auto& server : options.servers) servers.push_back(server.c_str());
  set(natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size())), "`servers`");
  set(natsOptions_SetName(made, options.name.c_str()), "`name`");
  if (!options.user.empty())
    set(natsOptions_SetUserInfo(made, options.user.c_str(), options.pass.reveal().c_str()), "`user`");
  if (!options.token.empty()) set(natsOptions_SetToken(made, options.token.reveal().c_str()), "`token`");
  // The library would read it later, and say no more than that it failed.
  if (!options.credentials_file.empty() && !std::ifstream(options.credentials_file))
    file(NATS_INVALID_ARG, "credentialsFile", options.credentials_file);
  else if (!options.credentials_file.empty())
    file(natsOptions_SetUserCredentialsFromFiles(made, options.credentials_file.c_str(), nullptr), "credentialsFile",
         options.credentials_file);

  const auto& tls = options.tls_files;
  if (uses_tls(options)) set(natsOptions_SetSecure(made, true), "`tls`");
  if (!tls.ca.empty()) file(natsOptions_LoadCATrustedCertificates(made, tls.ca.c_str()), "tls.ca", tls.ca);
  if (!tls.certificate.empty())
    file(natsOptions_LoadCertificatesChain(made, tls.certificate.c_str(), tls.key.c_str()), "tls.certificate",
         tls.certificate);

  set(natsOptions_SetTimeout(made, connect_timeout), "timeout");
  set(natsOptions_SetPingInterval(made, std::chrono::milliseconds(ping_interval).count()), "ping interval");
  // Whether it is answered we see ourselves: the library would close the socket in the middle of our reading.
  set(natsOptions_SetMaxPingsOut(made, std::numeric_limits<int>::max()), "pings");
  set(natsOptions_SetWriteDeadline(made, write_deadline), "write deadline");
  set(natsOptions_SetAllowReconnect(made, false), "reconnecting");
  set(natsOptions_SetIOBufSize(made, read_at_once), "buffer");
  set(natsOptions_SetSendAsap(made, true), "sending");
  set(natsOptions_UseGlobalMessageDelivery(made, true), "delivery");
  if (problem) return problem;
  return native;
}

void keep_certificates(const NatsOptions& options, OptionsPtr native) {
  constexpr std::size_t most = 64;
  static std::mutex mutex;
  static auto* const kept = new std::deque<OptionsPtr>;  // never destroyed
  if (!uses_tls(options)) return;
  const std::lock_guard lock(mutex);
  kept->push_back(std::move(native));
  if (kept->size() > most) kept->pop_front();
}

Result<natsConnection*> dial(const NatsOptions& options, natsOptions& native) {
  natsConnection* connection = nullptr;
  const auto status = natsConnection_Connect(&connection, &native);
  if (status == NATS_OK) return connection;
  const auto words = last_words();
  auto error = from_status(status, "NATS at " + servers_text(options), words);
  if (const auto fault = certificate_fault(words); !fault.empty())
    error.message += ": the server's certificate: " + std::string(fault);
  if (status == NATS_NO_SERVER)
    if (const auto why = what_is_in_the_way(options); !why.empty()) error.message += ": " + why;
  return error;
}

}  // namespace ductape::inline v0::nats
