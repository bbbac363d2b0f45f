// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "benchmarks/local/batches.h"
#include "benchmarks/servers/on_server.h"

namespace bench {
namespace {

constexpr std::size_t window = 8'192;  // the twin's: what is published and not handled

}  // namespace

/// Where nothing is kept: a publisher, and a subscription in the same process.
void broadcast(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  std::atomic<std::size_t> handled = 0;
  auto subscription = expect(
      topic.subscribe({.mode = ductape::Mode::broadcast, .concurrency = 1}, [&](const ductape::Message& message) {
        const auto number = Bodies::number(message.text().data());
        latencies[number] = now_ns() - sent[number];
        handled.fetch_add(1);
        handled.notify_one();
      }));
  const auto await = [&](std::size_t least) {
    for (auto seen = handled.load(); seen < least; seen = handled.load()) handled.wait(seen);
  };

  const auto begin = now_ns();
  Batches batches(topic, workload);
  for (std::size_t i = 0; i < workload.messages; ++i) {
    if (i >= window && i % 64 == 0) await(i - window);
    batches.send(i, sent[i]);
  }
  batches.finish();
  await(workload.messages);
  const auto seconds = static_cast<double>(now_ns() - begin) / 1e9;
  if (subscription.stats().gap > 0) give_up("messages were dropped");
  report(workload.messages, seconds, latencies);
}

}  // namespace bench
