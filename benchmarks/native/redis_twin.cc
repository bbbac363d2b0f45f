// SPDX-License-Identifier: Apache-2.0
// What our Redis provider is measured against: the same work by hiredis alone.
#include "benchmarks/native/cloud_event.h"
#include "benchmarks/native/paced.h"
#include "benchmarks/native/redis_link.h"

namespace bench {
namespace {

constexpr std::string_view stream = "bench.dev.bench.messages";
constexpr std::size_t window = 512, burst = 256;  // where this server is fastest

/// Adds messages as ours stand in a stream.
class Writer {
 public:
  explicit Writer(const Workload& workload) : payload_only_(workload.payload_only), bodies_(workload.size) {
    for (const auto& [name, value] : attributes(workload))
      meta_ += std::string(meta_.empty() ? "{" : ",") + '"' + name + "\":\"" + value + '"';
    meta_ += '}';
  }
  void add(RedisLink& link, std::size_t number) {
    const auto body = bodies_.make(number);
    if (payload_only_) return link.add({"XADD", stream, "*", "body", body});
    const auto id = ids_.make();
    link.add({"XADD", stream, "*", "body", body, "id", id, "meta", meta_});
  }

 private:
  const bool payload_only_;
  const Bodies bodies_;
  Ids ids_;
  std::string meta_;
};

void send_all(const Workload& workload, RedisLink& link) {
  Writer writer(workload);
  std::size_t sent = 0, answered = 0;
  while (answered < workload.messages) {
    for (; sent < workload.messages && sent - answered < window; ++sent) writer.add(link, sent);
    for (std::size_t i = 0; i < burst && answered < sent; ++i, ++answered) link.answer();
  }
}

void publish(const Workload& workload) {
  RedisLink link(workload.port);
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  send_all(workload, link);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

void make_group(RedisLink& link) { link.ask({"XGROUP", "CREATE", stream, "twin", "0", "MKSTREAM"}); }

/// Reads until all have come, and calls `handle` with each body. What was read is acked with the request for the next.
template <class Handle>
void read_all(const Workload& workload, RedisLink& link, Handle handle) {
  const RedisLink::Words read{"XREADGROUP", "GROUP", "twin",    "member", "COUNT", "256",
                              "BLOCK",      "1000",  "STREAMS", stream,   ">"};
  std::size_t handled = 0;
  link.add(read);
  while (handled < workload.messages) {
    const auto reply = link.answer();
    if (reply->type != REDIS_REPLY_ARRAY) {
      link.add(read);
      continue;
    }
    const auto* entries = reply->element[0]->element[1];
    RedisLink::Words ack{"XACK", stream, "twin"};
    for (std::size_t i = 0; i < entries->elements; ++i) {
      const auto* entry = entries->element[i];
      ack.emplace_back(entry->element[0]->str, entry->element[0]->len);
      handle(entry->element[1]->element[1]->str);
    }
    handled += entries->elements;
    link.add(ack);
    if (handled < workload.messages) link.add(read);
    link.answer();
  }
}

void consume(const Workload& workload) {
  RedisLink link(workload.port);
  make_group(link);
  send_all(workload, link);
  measure_reading(workload, [&](auto handle) { read_all(workload, link, handle); });
}

void paced(const Workload& workload) {
  RedisLink publishing(workload.port), reading(workload.port);
  make_group(reading);
  Writer writer(workload);
  measure_paced(
      workload, [&](auto handle) { read_all(workload, reading, handle); },
      [&](std::size_t number) {
        writer.add(publishing, number);
        publishing.answer();
      });
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"publish", bench::publish}, {"consume", bench::consume}, {"paced", bench::paced}});
}
