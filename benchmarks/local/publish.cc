// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/local/batches.h"

namespace bench {

void publish(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  expect(topic.publish(Bodies(workload.size).make(0)).get());  // the twin is connected too when its clock starts

  std::vector<std::int64_t> sent(workload.messages);
  Batches batches(topic, workload);
  const auto begin = now_ns();
  batches.send_all(sent);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, batches.latencies());
}

}  // namespace bench
