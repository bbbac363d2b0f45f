// SPDX-License-Identifier: Apache-2.0
// What our RabbitMQ provider is measured against: the same work by rabbitmq-c alone, on a quorum queue.
#include <array>
#include <ctime>

#include "benchmarks/native/cloud_event.h"
#include "benchmarks/native/paced.h"
#include "benchmarks/native/rabbitmq_link.h"

namespace bench {
namespace {

constexpr std::string_view exchange = "bench.dev.bench", routing_key = "messages",
                           queue = "bench.dev.bench.messages.twin";
constexpr std::size_t window = 1'024;  // confirms on their way
constexpr std::uint16_t prefetch = 4'096, acked_together = 256;

void make_queue(RabbitmqLink& link) {
  constexpr auto channel = RabbitmqLink::channel;
  amqp_exchange_declare(link.native(), channel, bytes_of(exchange), bytes_of("direct"), 0, 1, 0, 0, amqp_empty_table);
  link.check("exchange");
  // As ours stand at the server: what does not get through is kept, which costs the server something for each message.
  const auto text = [](std::string_view key, std::string_view value) {
    amqp_table_entry_t made{};
    made.key = bytes_of(key);
    made.value.kind = AMQP_FIELD_KIND_UTF8;
    made.value.value.bytes = bytes_of(value);
    return made;
  };
  std::array arguments{text("x-queue-type", "quorum"), text("x-dead-letter-exchange", ""),
                       text("x-dead-letter-routing-key", "bench.dev.bench.messages.dead"),
                       text("x-dead-letter-strategy", "at-least-once"), text("x-overflow", "reject-publish")};
  amqp_queue_declare(link.native(), channel, bytes_of(queue), 0, 1, 0, 0,
                     {.num_entries = static_cast<int>(arguments.size()), .entries = arguments.data()});
  link.check("queue");
  amqp_queue_bind(link.native(), channel, bytes_of(queue), bytes_of(exchange), bytes_of(routing_key), amqp_empty_table);
  link.check("binding");
}

/// Publishes messages as ours stand in a queue.
class Writer {
 public:
  explicit Writer(const Workload& workload) : workload_(workload), bodies_(workload.size), link_(workload.port) {
    amqp_confirm_select(link_.native(), RabbitmqLink::channel);
    link_.check("confirms");
  }

  void send(std::size_t number) {
    const auto body = bodies_.make(number);
    const auto id = ids_.make();
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = 2;
    std::array<std::string, 8> names;
    std::array<amqp_table_entry_t, 8> entries{};
    int count = 0;
    if (!workload_.payload_only) {
      properties._flags |= AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
      properties.timestamp = static_cast<std::uint64_t>(std::time(nullptr));
      properties.message_id = bytes_of(id);
      const auto add = [&](std::string_view name, std::string_view value) {
        auto& entry = entries[static_cast<std::size_t>(count)];
        auto& whole = names[static_cast<std::size_t>(count)] = "ce-" + std::string(name);
        entry.key = bytes_of(whole);
        entry.value.kind = AMQP_FIELD_KIND_UTF8;
        entry.value.value.bytes = bytes_of(value);
        ++count;
      };
      add("id", id);
      for (const auto& [name, value] : attributes(workload_)) {
        if (std::string_view(name) != "datacontenttype") {
          add(name, value);
        } else {
          properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
          properties.content_type = bytes_of(value);
        }
      }
      properties.headers = {.num_entries = count, .entries = entries.data()};
    }
    RabbitmqLink::check(amqp_basic_publish(link_.native(), RabbitmqLink::channel, bytes_of(exchange),
                                           bytes_of(routing_key), 1, 0, &properties, bytes_of(body)),
                        "publish");
    ++sent_;
  }
  /// Takes the confirms that are here; waits for more while more than `most` are missing.
  void await(std::size_t most) {
    for (;;) {
      timeval patience{.tv_sec = sent_ - confirmed_ > most ? 30 : 0, .tv_usec = 0};
      amqp_frame_t frame{};
      amqp_maybe_release_buffers(link_.native());
      const auto status = amqp_simple_wait_frame_noblock(link_.native(), &frame, &patience);
      if (status == AMQP_STATUS_TIMEOUT && sent_ - confirmed_ <= most) return;
      RabbitmqLink::check(status, "confirm");
      if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        give_up("rabbitmq: refused");
      const auto& ack = *static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
      confirmed_ = std::max<std::size_t>(confirmed_, ack.delivery_tag);  // one queue confirms in order
    }
  }

 private:
  const Workload workload_;
  const Bodies bodies_;
  Ids ids_;
  RabbitmqLink link_;
  std::size_t sent_ = 0, confirmed_ = 0;
};

void send_all(const Workload& workload) {
  Writer writer(workload);
  for (std::size_t i = 0; i < workload.messages; ++i) {
    writer.send(i);
    if (i % 64 == 63) writer.await(window - 64);
  }
  writer.await(0);
}

void publish(const Workload& workload) {
  RabbitmqLink link(workload.port);
  make_queue(link);
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  send_all(workload);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

/// Reads until all have come, and calls `handle` with each body. What came together is acked together.
template <class Handle>
void read_all(const Workload& workload, RabbitmqLink& link, Handle handle) {
  constexpr auto channel = RabbitmqLink::channel;
  amqp_basic_qos(link.native(), channel, 0, prefetch, 0);
  link.check("prefetch");
  amqp_basic_consume(link.native(), channel, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  link.check("consumer");
  std::size_t handled = 0, acked = 0;
  while (handled < workload.messages) {
    amqp_envelope_t envelope{};
    amqp_maybe_release_buffers(link.native());
    if (amqp_consume_message(link.native(), &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL)
      give_up("rabbitmq: no message");
    handle(static_cast<const char*>(envelope.message.body.bytes));
    ++handled;
    const bool more = amqp_frames_enqueued(link.native()) != 0 || amqp_data_in_buffer(link.native()) != 0;
    if (!more || handled - acked >= acked_together || handled == workload.messages) {
      RabbitmqLink::check(amqp_basic_ack(link.native(), channel, envelope.delivery_tag, 1), "ack");
      acked = handled;
    }
    amqp_destroy_envelope(&envelope);
  }
  amqp_basic_qos(link.native(), channel, 0, prefetch, 0);  // its answer comes behind the acks
  link.check("acks");
}

void consume(const Workload& workload) {
  RabbitmqLink link(workload.port);
  make_queue(link);
  send_all(workload);
  measure_reading(workload, [&](auto handle) { read_all(workload, link, handle); });
}

void paced(const Workload& workload) {
  RabbitmqLink link(workload.port);
  make_queue(link);
  Writer writer(workload);
  measure_paced(
      workload, [&](auto handle) { read_all(workload, link, handle); },
      [&](std::size_t number) {
        writer.send(number);
        writer.await(window);
      });
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"publish", bench::publish}, {"consume", bench::consume}, {"paced", bench::paced}});
}
