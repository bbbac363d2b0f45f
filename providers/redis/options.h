// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::redis {

/// Ductape's fields and those beyond them.
struct RedisOptions {
  std::string url = {};
  std::string host = {};
  std::int64_t port = 6379;
  std::string username = {};
  Secret password = {};
  std::int64_t db = 0;
  std::string mode = "stream";
  std::string channel = {};
  bool tls = false;
  driver::TlsOptions tls_files = {};
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, RedisOptions& options) {
  visit(options.url, {.name = "url",
                      .help = "redis[s]://user:password@host:port/db, instead of host and what else it says",
                      .letters = {.never = " "},
                      .schemes = {"redis://", "rediss://"},
                      .connection_url = ""});
  visit(options.host,
        {.name = "host", .help = "where the server is", .required = true, .letters = {.never = " "}, .unless = "url"});
  visit(options.port, {.name = "port", .help = "its port", .range = driver::ports});
  visit(options.username, {.name = "username", .help = "who logs in; else the default user"});
  visit(options.password, {.name = "password", .help = "with what"});
  visit(options.db, {.name = "db",
                     .help = "the database's number",
                     .range = {.least = 0, .most = std::numeric_limits<std::int32_t>::max()}});
  visit(options.mode, {.name = "mode",
                       .help = "stream keeps messages for their groups, pubsub keeps nothing",
                       .choices = {"stream", "pubsub"}});
  visit(options.channel, {.name = "channel",
                          .help = "the stream or channel, as it is; else one is named after the event",
                          .destination = driver::Destination::own});
  visit(options.tls, {.name = "tls", .help = "TLS to the server", .also = {"ssl"}});
  describe(visit, options.tls_files);
  visit(options.native, {.name = "native", .help = "settings for the connection, verbatim"});
}

}  // namespace ductape::inline v0::redis
