// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <deque>

#include "benchmarks/local/store.h"

namespace bench {

void end_to_end(const Workload& workload) {
  make_store(workload.directory);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  const Bodies bodies(workload.size);
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  std::atomic<std::size_t> handled = 0;
  auto subscription =
      expect(topic.subscribe({.group = "bench", .concurrency = 1}, [&](const ductape::Message& message) {
        const auto number = Bodies::number(message.text().data());
        latencies[number] = now_ns() - sent[number];
        if (handled.fetch_add(1) + 1 == workload.messages) handled.notify_one();
      }));

  const auto begin = now_ns();
  std::deque<ductape::Future<std::vector<ductape::Result<ductape::Receipt>>>> under_way;
  const auto await_first = [&] {
    for (const auto& receipt : expect(under_way.front().get()))
      if (!receipt) give_up(receipt.error().message);
    under_way.pop_front();
  };
  for (std::size_t i = 0; i < workload.messages;) {
    std::vector<ductape::BatchItem> batch;
    batch.reserve(workload.batch);
    if (under_way.size() == workload.under_way) await_first();
    for (const auto end = std::min(i + workload.batch, workload.messages); i < end; ++i) {
      sent[i] = now_ns();
      batch.push_back({.message = bodies.make(i)});
    }
    under_way.push_back(topic.publish_batch(std::move(batch)));
  }
  while (!under_way.empty()) await_first();
  for (auto seen = handled.load(); seen < workload.messages; seen = handled.load()) handled.wait(seen);
  if (auto closed = subscription.close(); !closed) give_up(closed.error().message);  // until every ack is on the disk
  const auto seconds = static_cast<double>(now_ns() - begin) / 1e9;
  if (const auto stats = subscription.stats(); stats.acked != workload.messages || stats.lost != 0)
    give_up("not every message was acked once");
  report(workload.messages, seconds, latencies);
}

}  // namespace bench
