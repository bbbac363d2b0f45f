// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>

#include "benchmarks/local/store.h"

namespace bench {
namespace {

using Receipts = ductape::Future<std::vector<ductape::Result<ductape::Receipt>>>;

struct UnderWay {
  std::int64_t begun;
  Receipts receipts;
};

}  // namespace

void publish(const Workload& workload) {
  make_store(workload.directory);
  auto client = open_client(workload.directory);
  auto topic = expect(client.topic(event));
  const Bodies bodies(workload.size);
  expect(topic.publish(bodies.make(0)).get());  // the twin's file is open too when its clock starts

  std::vector<std::int64_t> latencies;
  std::deque<UnderWay> under_way;
  const auto await_first = [&] {
    auto first = std::move(under_way.front());
    under_way.pop_front();
    for (const auto& receipt : expect(first.receipts.get()))
      if (!receipt) give_up(receipt.error().message);
    latencies.push_back(now_ns() - first.begun);
  };
  const auto begin = now_ns();
  for (std::size_t i = 0; i < workload.messages;) {
    std::vector<ductape::BatchItem> batch;
    batch.reserve(workload.batch);
    for (const auto end = std::min(i + workload.batch, workload.messages); i < end; ++i)
      batch.push_back({.message = bodies.make(i)});
    if (under_way.size() == workload.under_way) await_first();
    const auto begun = now_ns();
    under_way.push_back({begun, topic.publish_batch(std::move(batch))});
  }
  while (!under_way.empty()) await_first();
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

}  // namespace bench
