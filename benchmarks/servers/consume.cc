// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "benchmarks/local/batches.h"
#include "benchmarks/servers/on_server.h"

namespace bench {

/// Of a backlog, from the first message that is handled to the last ack. One handler at a time, as the twin.
void consume(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  make_group(client);
  auto topic = expect(client.topic(event));
  std::vector<std::int64_t> sent(workload.messages), latencies;
  Batches(topic, workload).send_all(sent);

  std::int64_t begin = 0;
  auto subscription = expect(topic.subscribe({.group = "bench", .concurrency = 1}, [&](const ductape::Message&) {
    if (begin == 0) begin = now_ns();
  }));
  await_acks(subscription, workload.messages);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

}  // namespace bench
