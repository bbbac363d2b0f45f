// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/settings.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

using Pair = std::pair<std::string, std::string>;

// A frozen or half-open connection is given up after this.
constexpr std::string_view socket_timeout = "6000";

Error refused(const std::string& name, std::string_view why) {
  auto error = failure(Errc::invalid_argument, "librdkafka refuses `" + name + "`: " + std::string(why),
                       "look at `native` and at librdkafka's CONFIGURATION.md");
  error.native = why;
  return error;
}

Result<void> set(rd_kafka_conf_t* conf, const Pair& pair) {
  std::array<char, 256> why{};
  if (rd_kafka_conf_set(conf, pair.first.c_str(), pair.second.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK)
    return {};
  return refused(pair.first, why.data());
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::vector<Pair> connection(const KafkaOptions& options) {
  std::vector<Pair> pairs{{"bootstrap.servers", brokers_of(options)},
                          {"client.id", options.client_id},
                          {"client.software.name", "ductape"},
                          {"socket.timeout.ms", std::string(socket_timeout)},
                          {"socket.connection.setup.timeout.ms", std::string(socket_timeout)},
                          {"socket.keepalive.enable", "true"},
                          {"reconnect.backoff.ms", "50"},
                          {"reconnect.backoff.max.ms", "1000"},
                          {"topic.metadata.refresh.interval.ms", "60000"},
                          {"enable.metrics.push", "false"}};
  const bool tls = options.ssl, sasl = !options.sasl.mechanism.empty();
  pairs.emplace_back("security.protocol", tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext"));
  if (!options.tls.ca.empty()) pairs.emplace_back("ssl.ca.location", options.tls.ca);
  if (!options.tls.certificate.empty()) pairs.emplace_back("ssl.certificate.location", options.tls.certificate);
  if (!options.tls.key.empty()) pairs.emplace_back("ssl.key.location", options.tls.key);
  if (!sasl) return pairs;
  pairs.emplace_back("sasl.mechanism", upper(options.sasl.mechanism));
  pairs.emplace_back("sasl.username", options.sasl.username);
  pairs.emplace_back("sasl.password", options.sasl.password.reveal());
  return pairs;
}

Result<ConfPtr> make(const KafkaOptions& options, const std::vector<Pair>& of_role, int events) {
  ConfPtr conf(rd_kafka_conf_new());
  for (const auto& pairs : {connection(options), of_role})
    for (const auto& pair : pairs)
      if (auto done = set(conf.get(), pair); !done) return std::move(done).error();
  for (const auto& pair : options.native)
    if (auto done = set(conf.get(), pair); !done) return std::move(done).error();
  rd_kafka_conf_set_events(conf.get(), events | RD_KAFKA_EVENT_ERROR);
  return conf;
}

std::int32_t partition_for(const rd_kafka_topic_t* topic, const void* key, std::size_t size, std::int32_t partitions,
                           void* next, void* message) {
  if (key != nullptr && size > 0)
    return rd_kafka_msg_partitioner_murmur2_random(topic, key, size, partitions, nullptr, message);
  // Called by whoever publishes, and again by the library when the number of partitions becomes known.
  const auto at = std::atomic_ref(*static_cast<std::uint32_t*>(next)).fetch_add(1, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(partitions); ++i) {
    const auto partition = static_cast<std::int32_t>((at + i) % static_cast<std::uint32_t>(partitions));
    if (rd_kafka_topic_partition_available(topic, partition) != 0) return partition;
  }
  return static_cast<std::int32_t>(at % static_cast<std::uint32_t>(partitions));
}

}  // namespace

std::string brokers_of(const KafkaOptions& options) {
  std::string all;
  for (const auto& broker : options.brokers) all += (all.empty() ? "" : ",") + broker;
  return all;
}

Result<void> check_options(const KafkaOptions& options) {
  const auto wrong = [](std::string what) { return failure(Errc::invalid_argument, std::move(what)); };
  if (options.brokers.empty()) return wrong("`brokers` names no broker");
  const auto& sasl = options.sasl;
  if (!sasl.mechanism.empty() && (sasl.username.empty() || sasl.password.empty()))
    return wrong("`sasl.mechanism` needs `sasl.username` and `sasl.password`");
  if (sasl.mechanism.empty() && (!sasl.username.empty() || !sasl.password.empty()))
    return wrong("`sasl.username` and `sasl.password` need `sasl.mechanism`: plain, scram-sha-256 or scram-sha-512");
  if (options.tls.certificate.empty() != options.tls.key.empty())
    return wrong("`tls.certificate` and `tls.key` belong together and one is missing");
  if (!options.ssl && (!options.tls.ca.empty() || !options.tls.certificate.empty()))
    return wrong("`tls.ca` and `tls.certificate` need `ssl: true`");
  if (options.partitions < 0 || options.partitions > 10'000)
    return wrong("`partitions` is " + std::to_string(options.partitions) + ", not 1 to 10000");
  if (options.replication_factor < 0 || options.replication_factor > 100)
    return wrong("`replicationFactor` is " + std::to_string(options.replication_factor) + ", not 0 to 100");
  if (auto made = producer_settings(options); !made) return std::move(made).error();
  if (auto made = consumer_settings(options, {.group_id = "g", .session = driver::Millis(30'000)}); !made)
    return std::move(made).error();
  return {};
}

Result<ConfPtr> producer_settings(const KafkaOptions& options) {
  return make(options,
              {{"enable.idempotence", "true"},
               {"acks", "all"},
               {"linger.ms", "1"},
               {"message.timeout.ms", "30000"},
               {"message.max.bytes", "1048576"},
               {"sticky.partitioning.linger.ms", "0"}},
              RD_KAFKA_EVENT_DR);
}

Result<ConfPtr> consumer_settings(const KafkaOptions& options, const ConsumerSettings& settings) {
  const auto session = settings.session.count();
  return make(
      options,
      {{"group.id", settings.group_id},
       {"session.timeout.ms", std::to_string(session)},
       {"heartbeat.interval.ms", std::to_string(std::clamp<std::int64_t>(session / 10, 100, 500))},
       {"partition.assignment.strategy", "cooperative-sticky"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset", "error"},
       {"max.poll.interval.ms", std::to_string(std::max<std::int64_t>(session, 300'000))},
       {"queued.min.messages", "10000"},
       {"queued.max.messages.kbytes", "8192"},
       // A request under way asks for no partition that comes later, and there is one at a time for each broker.
       {"fetch.wait.max.ms", "100"},
       {"fetch.queue.backoff.ms", "10"},
       {"fetch.error.backoff.ms", "100"},
       {"fetch.max.bytes", "8388608"}},
      RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT);
}

TopicPtr open_topic(rd_kafka_t* producer, const KafkaOptions& options, const std::string& name, std::uint32_t& next) {
  TopicConfPtr conf(rd_kafka_default_topic_conf_dup(producer));
  if (!options.native.contains("partitioner")) {
    rd_kafka_topic_conf_set_partitioner_cb(conf.get(), &partition_for);
    rd_kafka_topic_conf_set_opaque(conf.get(), &next);
  }
  return TopicPtr(rd_kafka_topic_new(producer, name.c_str(), conf.release()));
}

}  // namespace ductape::inline v0::kafka
