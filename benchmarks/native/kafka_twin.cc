// SPDX-License-Identifier: Apache-2.0
// What our Kafka provider is measured against: the same work by librdkafka alone, with the settings that ours has.
#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "benchmarks/native/cloud_event.h"
#include "benchmarks/native/paced.h"

namespace bench {
namespace {

constexpr const char* topic = "bench.dev.bench.messages";
constexpr int partitions = 3;
constexpr std::size_t window = 4'096;
constexpr std::int64_t commit_every_ns = 10'000'000;

using Settings = std::vector<std::pair<const char*, const char*>>;

rd_kafka_t* make(const Workload& workload, rd_kafka_type_t type, const Settings& settings, void* opaque = nullptr) {
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  const auto brokers = "127.0.0.1:" + std::to_string(workload.port);
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(conf, name, value, why.data(), why.size()) != RD_KAFKA_CONF_OK) give_up(why.data());
  };
  set("bootstrap.servers", brokers.c_str());
  for (const auto& [name, value] : settings) set(name, value);
  rd_kafka_conf_set_opaque(conf, opaque);
  if (type == RD_KAFKA_PRODUCER)
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* confirmed) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(message->err));
      ++*static_cast<std::atomic<std::size_t>*>(confirmed);
    });
  auto* made = rd_kafka_new(type, conf, why.data(), why.size());
  if (made == nullptr) give_up(why.data());
  return made;
}

/// Publishes messages as ours stand in a topic.
class Writer {
 public:
  explicit Writer(const Workload& workload)
      : workload_(workload),
        bodies_(workload.size),
        producer_(make(workload, RD_KAFKA_PRODUCER,
                       {{"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", "1"}}, &confirmed_)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { rd_kafka_destroy(producer_); }

  void send(std::size_t number) {
    const auto body = bodies_.make(number);
    auto* headers = rd_kafka_headers_new(8);
    if (!workload_.payload_only) {
      add(headers, "ce_id", ids_.make());
      for (const auto& [name, value] : attributes(workload_))
        add(headers, std::string_view(name) == "datacontenttype" ? "content-type" : "ce_" + std::string(name), value);
    }
    const auto code = rd_kafka_producev(
        producer_, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(static_cast<int>(number % partitions)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(const_cast<char*>(body.data()), body.size()),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(code));
    ++sent_;
  }
  void wait_until_out(std::size_t most) {
    while (sent_ - confirmed_ > most) rd_kafka_poll(producer_, 10);
  }
  void serve() { rd_kafka_poll(producer_, 0); }

 private:
  static void add(rd_kafka_headers_t* headers, const std::string& name, std::string_view value) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  const Workload workload_;
  const Bodies bodies_;
  Ids ids_;
  std::atomic<std::size_t> confirmed_ = 0;
  std::size_t sent_ = 0;
  rd_kafka_t* const producer_;
};

void send_all(const Workload& workload) {
  Writer writer(workload);
  for (std::size_t i = 0; i < workload.messages; ++i) {
    writer.send(i);
    writer.serve();
    writer.wait_until_out(window);
  }
  writer.wait_until_out(0);
}

/// The topic is made before anything is measured.
void prepare(const Workload& workload) {
  auto one = workload;
  one.messages = partitions;
  send_all(one);
}

void publish(const Workload& workload) {
  prepare(workload);
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  send_all(workload);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

/// Reads until `messages` have come, and calls `handle` with each body and its length. Commits as often as ours.
template <class Ready, class Handle>
void read_all(const Workload& workload, std::size_t messages, Ready ready, Handle handle) {
  auto* consumer = make(workload, RD_KAFKA_CONSUMER,
                        {{"group.id", "twin"},
                         {"enable.auto.commit", "false"},
                         {"auto.offset.reset", "earliest"},
                         {"partition.assignment.strategy", "cooperative-sticky"},
                         {"queued.min.messages", "10000"},
                         {"queued.max.messages.kbytes", "8192"},
                         {"fetch.wait.max.ms", "100"},
                         {"fetch.queue.backoff.ms", "10"},
                         {"fetch.max.bytes", "8388608"}});
  rd_kafka_poll_set_consumer(consumer);
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  auto* queue = rd_kafka_queue_get_consumer(consumer);
  std::array<rd_kafka_message_t*, 256> batch{};
  std::int64_t committed = now_ns();
  for (std::size_t handled = 0; handled < messages;) {
    // The library's batch waits until it is full or its time is over, which would be what a single message takes.
    batch[0] = rd_kafka_consume_queue(queue, 100);
    if (batch[0] == nullptr) continue;
    const auto more = rd_kafka_consume_batch_queue(queue, 0, batch.data() + 1, batch.size() - 1);
    const auto count = 1 + std::max<ssize_t>(more, 0);
    for (ssize_t i = 0; i < count; ++i) {
      auto* message = batch[static_cast<std::size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (handled++ == 0) ready();
        rd_kafka_headers_t* headers = nullptr;
        const void* id = nullptr;
        std::size_t size = 0;
        if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
          rd_kafka_header_get_last(headers, "ce_id", &id, &size);
        handle(static_cast<const char*>(message->payload));
      }
      rd_kafka_message_destroy(message);
    }
    if (count > 0 && now_ns() - committed > commit_every_ns) {
      committed = now_ns();
      rd_kafka_commit(consumer, nullptr, 1);
    }
  }
  rd_kafka_commit(consumer, nullptr, 0);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

void consume(const Workload& workload) {
  send_all(workload);
  std::int64_t begin = 0;
  std::vector<std::int64_t> latencies;
  read_all(
      workload, workload.messages, [&] { begin = now_ns(); }, [](const char*) {});
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

void paced(const Workload& workload) {
  prepare(workload);
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  std::atomic<bool> reads = false;
  std::size_t first = partitions;
  std::thread reader([&] {
    read_all(
        workload, workload.messages + partitions, [] {},
        [&](const char* body) {
          if (first > 0) {
            if (--first == 0) reads = true, reads.notify_all();
            return;
          }
          const auto number = Bodies::number(body);
          latencies[number] = now_ns() - sent[number];
        });
  });
  reads.wait(false);
  Writer writer(workload);
  const auto begin = now_ns();
  at_a_rate(workload, [&](std::size_t number) {
    sent[number] = now_ns();
    writer.send(number);
    writer.serve();
  });
  writer.wait_until_out(0);
  reader.join();
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"publish", bench::publish}, {"consume", bench::consume}, {"paced", bench::paced}});
}
