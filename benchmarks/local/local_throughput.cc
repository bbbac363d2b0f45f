// SPDX-License-Identifier: Apache-2.0
// The embedded broker as its users have it: through the public API, on a store of its own.
#include "benchmarks/local/store.h"

int main(int argc, char** argv) {
  const auto workload = bench::parse(argc, argv);
  if (workload.mode == "publish")
    bench::publish(workload);
  else if (workload.mode == "end-to-end")
    bench::end_to_end(workload);
  else if (workload.mode == "one-by-one")
    bench::one_by_one(workload);
  else if (workload.mode == "idle")
    bench::idle(workload);
  else
    bench::give_up("no mode " + workload.mode);
}
