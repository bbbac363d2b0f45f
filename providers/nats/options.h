// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::nats {

/// Ductape's fields and those beyond them.
struct NatsOptions {
  std::vector<std::string> servers = {};
  std::string user = {};
  Secret pass = {};
  Secret token = {};
  std::string credentials_file = {};
  std::string name = "ductape";
  std::int64_t max_reconnect_attempts = -1;
  std::chrono::milliseconds reconnect_time_wait{2'000};
  std::string mode = "jetstream";
  std::string stream = {};
  bool tls = false;
  driver::TlsOptions tls_files = {};
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, NatsOptions& options) {
  visit(options.servers, {.name = "servers",
                          .help = "nats://host:port, one or more",
                          .required = true,
                          .letters = {.never = " "},
                          .connection_url = ""});
  visit(options.user, {.name = "user", .help = "who logs in", .also = {"username"}});
  visit(options.pass, {.name = "pass", .help = "with what", .also = {"password"}});
  visit(options.token, {.name = "token", .help = "a token instead of user and password"});
  visit(options.credentials_file, {.name = "credentialsFile", .help = "file with a user's credentials (.creds)"});
  visit(options.name, {.name = "name", .help = "how the server names this client"});
  visit(options.max_reconnect_attempts, {.name = "maxReconnectAttempts",
                                         .help = "how often to try again; -1: for ever",
                                         .range = {.least = -1, .most = 1'000'000'000}});
  visit(options.reconnect_time_wait,
        {.name = "reconnectTimeWait", .help = "between two tries; a bare number is milliseconds"});
  visit(options.mode, {.name = "mode",
                       .help = "jetstream keeps messages for their groups, core keeps nothing",
                       .choices = {"jetstream", "core"}});
  visit(options.stream, {.name = "stream",
                         .help = "the stream, as it is; else one is named after the event",
                         .destination = driver::Destination::shared,
                         .letters = {.only = driver::printable, .never = ".*>/\\", .longest = 200}});
  visit(options.tls, {.name = "tls", .help = "TLS to the servers", .also = {"ssl"}});
  describe(visit, options.tls_files);
  visit(options.native, {.name = "native", .help = "settings for the connection, verbatim"});
}

}  // namespace ductape::inline v0::nats
