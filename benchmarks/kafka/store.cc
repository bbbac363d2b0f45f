// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/servers/on_server.h"

namespace bench {

void make_store(const Workload& workload) {
  make_store_on(workload, "KAFKA", "{ brokers: [ \"127.0.0.1:" + std::to_string(workload.port) + "\" ] }");
}

}  // namespace bench
