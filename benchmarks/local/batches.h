// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "benchmarks/local/store.h"

namespace bench {

/// Publishes messages in batches, so many of them without an answer yet.
class Batches {
 public:
  Batches(ductape::Topic& topic, const Workload& workload) : topic_(topic), workload_(workload) {}

  /// When each message was handed over is noted in `sent`.
  void send_all(std::vector<std::int64_t>& sent) {
    for (std::size_t i = 0; i < workload_.messages; ++i) send(i, sent[i]);
    finish();
  }
  void send(std::size_t number, std::int64_t& sent) {
    if (batch_.empty()) {
      batch_.reserve(workload_.batch);
      if (under_way_.size() == workload_.under_way) await_first();
      begun_ = now_ns();
    }
    sent = now_ns();
    batch_.push_back({.message = bodies_.make(number)});
    if (batch_.size() == workload_.batch) flush();
  }
  void finish() {
    if (!batch_.empty()) flush();
    while (!under_way_.empty()) await_first();
  }
  /// Of each batch, until its last answer.
  [[nodiscard]] std::vector<std::int64_t>& latencies() { return latencies_; }

 private:
  struct UnderWay {
    std::int64_t begun;
    ductape::Future<std::vector<ductape::Result<ductape::Receipt>>> receipts;
  };
  void flush() { under_way_.push_back({begun_, topic_.publish_batch(std::exchange(batch_, {}))}); }
  void await_first() {
    auto first = std::move(under_way_.front());
    under_way_.pop_front();
    for (const auto& receipt : expect(first.receipts.get()))
      if (!receipt) give_up(receipt.error().message);
    latencies_.push_back(now_ns() - first.begun);
  }

  ductape::Topic& topic_;
  const Workload& workload_;
  const Bodies bodies_{workload_.size};
  std::vector<ductape::BatchItem> batch_;
  std::int64_t begun_ = 0;
  std::deque<UnderWay> under_way_;
  std::vector<std::int64_t> latencies_;
};

}  // namespace bench
