// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/servers/on_server.h"

namespace bench {

void make_store(const Workload& workload) {
  make_store_on(workload, "RABBITMQ", "{ host: 127.0.0.1, port: " + std::to_string(workload.port) + " }");
  // It drops what no queue takes.
  auto client = open_client(workload.directory);
  make_group(client);
}

}  // namespace bench
