// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::rabbitmq {

/// Ductape's fields and those beyond them.
struct RabbitmqOptions {
  Secret url = {};
  std::string host = "localhost";
  std::int64_t port = 0;
  std::string username = "guest";
  Secret password = {};
  std::string vhost = "/";
  std::string exchange = {};
  std::string exchange_type = "topic";
  std::string queue = {};
  std::string routing_key = {};
  bool tls = false;
  driver::TlsOptions tls_files = {};
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, RabbitmqOptions& options) {
  visit(options.url, {.name = "url",
                      .help = "amqp[s]://user:password@host:port/vhost, instead of the fields below",
                      .connection_url = ""});
  visit(options.host, {.name = "host", .help = "where the server is", .letters = {.never = " "}});
  visit(
      options.port,
      {.name = "port", .help = "its port; 0: 5672, with TLS 5671", .range = {.least = 0, .most = driver::ports.most}});
  visit(options.username, {.name = "username", .help = "who logs in", .also = {"user"}});
  visit(options.password, {.name = "password", .help = "with what; guest's is guest"});
  visit(options.vhost, {.name = "vhost", .help = "the virtual host", .letters = {.longest = 255}});
  visit(options.exchange, {.name = "exchange",
                           .help = "the exchange, as it is; else one is named after the broker",
                           .destination = driver::Destination::shared,
                           .letters = {.longest = 255}});
  visit(options.exchange_type, {.name = "exchangeType",
                                .help = "how the exchange routes; a fanout is of one topic only",
                                .choices = {"topic", "direct", "fanout"}});
  visit(options.queue, {.name = "queue",
                        .help = "the queue of the default group, as it is",
                        .destination = driver::Destination::own,
                        .letters = {.longest = 251}});
  visit(options.routing_key, {.name = "routingKey",
                              .help = "the routing key, as it is; else the topic's tag",
                              .destination = driver::Destination::within,
                              .letters = {.longest = 255}});
  visit(options.tls, {.name = "tls", .help = "TLS to the server", .also = {"ssl"}});
  describe(visit, options.tls_files);
  visit(options.native, {.name = "native", .help = "heartbeat in seconds, frame-max, connection-name"});
}

}  // namespace ductape::inline v0::rabbitmq
