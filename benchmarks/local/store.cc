// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/local/store.h"

namespace bench {

void make_store(const Workload& workload) {
  auto registry = expect(ductape::Registry::open("sqlite:" + workload.directory));
  expect(registry.apply(R"(
product: bench
brokers:
  - tag: bench
    name: Bench
    envs: [ { slug: dev, type: LOCAL } ]
    topics: [ { tag: messages, name: Messages } ]
)"));
}

ductape::Client open_client(const std::string& directory) {
  return expect(ductape::Client::open({.product = "bench", .env = "dev", .store = "sqlite:" + directory}));
}

}  // namespace bench
