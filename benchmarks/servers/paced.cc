// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "benchmarks/native/paced.h"
#include "benchmarks/servers/on_server.h"

namespace bench {

/// From a publish to the handler, at a rate that nothing has to wait for.
void paced(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  const Bodies bodies(workload.size);
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  std::atomic<std::size_t> handled = 0;
  const auto mode = workload.core ? ductape::Mode::broadcast : ductape::Mode::shared;
  auto subscription = expect(topic.subscribe({.group = workload.core ? "" : "bench", .mode = mode, .concurrency = 1},
                                             [&](const ductape::Message& message) {
                                               const auto number = Bodies::number(message.text().data());
                                               latencies[number] = now_ns() - sent[number];
                                               handled.fetch_add(1);
                                               handled.notify_one();
                                             }));
  const auto begin = now_ns();
  at_a_rate(workload, [&](std::size_t number) {
    sent[number] = now_ns();
    topic.publish(bodies.make(number), {}, [](const ductape::Result<ductape::Receipt>& receipt) {
      if (!receipt) give_up(receipt.error().message);
    });
  });
  for (auto seen = handled.load(); seen < workload.messages; seen = handled.load()) handled.wait(seen);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

}  // namespace bench
