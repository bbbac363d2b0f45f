// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/describe.hpp>
#include <ductape/driver/tls_options.hpp>

namespace ductape::inline v0::kafka {

/// Ductape's fields and those beyond them.
struct KafkaOptions {
  std::vector<std::string> brokers = {};
  std::string client_id = "ductape";
  std::string group_id = {};
  std::string topic = {};
  bool ssl = false;
  struct Sasl {
    std::string mechanism = {};
    std::string username = {};
    Secret password = {};
  } sasl = {};
  driver::TlsOptions tls = {};
  std::int64_t partitions = 0;
  std::int64_t replication_factor = 0;
  driver::Config native = {};
};

template <class Visit>
void describe(Visit& visit, KafkaOptions& options) {
  visit(options.brokers, {.name = "brokers",
                          .help = "host:port, one or more",
                          .required = true,
                          .letters = {.never = " @"},
                          .connection_url = "kafka://"});
  visit(options.client_id, {.name = "clientId", .help = "how the brokers' logs name this client"});
  visit(options.group_id, {.name = "groupId", .help = "the default group of this broker's topics"});
  // Kafka's metrics have underscores for dots, so it refuses names that differ in nothing else.
  visit(options.topic, {.name = "topic",
                        .help = "the Kafka topic, as it is; else one is named after the event",
                        .destination = driver::Destination::own,
                        .alike = "._",
                        .letters = {.only = "A-Za-z0-9._-", .longest = 249}});
  visit(options.ssl, {.name = "ssl", .help = "TLS to the brokers", .also = {"tls"}});
  visit(options.sasl.mechanism,
        {.name = "sasl.mechanism", .help = "how to log in", .choices = {"plain", "scram-sha-256", "scram-sha-512"}});
  visit(options.sasl.username, {.name = "sasl.username", .help = "who logs in"});
  visit(options.sasl.password, {.name = "sasl.password", .help = "with what"});
  describe(visit, options.tls);
  visit(options.partitions,
        {.name = "partitions", .help = "of a topic that is made: how many members can share it; 0: 3"});
  visit(options.replication_factor,
        {.name = "replicationFactor", .help = "of a topic that is made; 0: the brokers' default"});
  visit(options.native, {.name = "native", .help = "settings for librdkafka, verbatim"});
}

}  // namespace ductape::inline v0::kafka
