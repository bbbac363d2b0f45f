// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "benchmarks/local/batches.h"

namespace bench {

void end_to_end(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  std::atomic<std::size_t> handled = 0;
  auto subscription =
      expect(topic.subscribe({.group = "bench", .concurrency = 1}, [&](const ductape::Message& message) {
        const auto number = Bodies::number(message.text().data());
        latencies[number] = now_ns() - sent[number];
        if (handled.fetch_add(1) + 1 == workload.messages) handled.notify_one();
      }));

  const auto begin = now_ns();
  Batches(topic, workload).send_all(sent);
  for (auto seen = handled.load(); seen < workload.messages; seen = handled.load()) handled.wait(seen);
  if (auto closed = subscription.close(); !closed) give_up(closed.error().message);  // until every ack is on the disk
  const auto seconds = static_cast<double>(now_ns() - begin) / 1e9;
  if (const auto stats = subscription.stats(); stats.acked != workload.messages || stats.lost != 0)
    give_up("not every message was acked once");
  report(workload.messages, seconds, latencies);
}

}  // namespace bench
