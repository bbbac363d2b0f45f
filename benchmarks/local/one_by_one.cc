// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <memory>

#include "benchmarks/local/store.h"
#include "benchmarks/native/processes.h"

namespace bench {
namespace {

// One message a call. With more than one under way a call waits for the oldest receipt only if there is no room.
class Publisher {
 public:
  explicit Publisher(const Workload& workload)
      : client_(std::make_unique<ductape::Client>(open_client(workload.directory))),
        topic_(expect(client_->topic(event))),
        bodies_(workload.size),
        most_(workload.under_way) {
    expect(topic_.publish(bodies_.make(0)).get());
  }
  void operator()(std::size_t number, std::int64_t& latency) {
    if (under_way_.size() == most_) await_first();
    const auto begun = now_ns();
    under_way_.push_back({begun, &latency, topic_.publish(bodies_.make(number))});
    if (most_ == 1) await_first();
  }
  void finish() {
    while (!under_way_.empty()) await_first();
  }

 private:
  struct UnderWay {
    std::int64_t begun;
    std::int64_t* latency;
    ductape::Future<ductape::Receipt> receipt;
  };
  void await_first() {
    auto first = std::move(under_way_.front());
    under_way_.pop_front();
    expect(first.receipt.get());
    *first.latency = now_ns() - first.begun;
  }

  std::unique_ptr<ductape::Client> client_;
  ductape::Topic topic_;
  Bodies bodies_;
  std::size_t most_;
  std::deque<UnderWay> under_way_;
};

}  // namespace

void one_by_one(const Workload& workload) {
  make_store(workload);
  Processes(workload.processes, workload.messages).run([&](std::size_t) { return Publisher(workload); });
}

}  // namespace bench
