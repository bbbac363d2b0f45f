// SPDX-License-Identifier: Apache-2.0
// What our NATS provider is measured against: the same work by cnats alone.
#include "benchmarks/native/nats_link.h"

int main(int argc, char** argv) {
  const auto workload = bench::parse(argc, argv);
  workload.core ? bench::core_twin(workload) : bench::jetstream_twin(workload);
  nats_Close();
}
