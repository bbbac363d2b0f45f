// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "benchmarks/local/store.h"
#include "benchmarks/native/processes.h"

namespace bench {
namespace {

struct Publisher {
  explicit Publisher(const Workload& workload)
      : client(open_client(workload.directory)), topic(expect(client.topic(event))), bodies(workload.size) {
    expect(topic.publish(bodies.make(0)).get());
  }
  ductape::Client client;
  ductape::Topic topic;
  Bodies bodies;
};

}  // namespace

void one_by_one(const Workload& workload) {
  make_store(workload.directory);
  Processes(workload.processes, workload.messages).run([&](std::size_t) {
    return [publisher = std::make_unique<Publisher>(workload)](std::size_t number) {
      expect(publisher->topic.publish(publisher->bodies.make(number)).get());
    };
  });
}

}  // namespace bench
