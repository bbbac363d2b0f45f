// SPDX-License-Identifier: Apache-2.0
// The embedded broker as its users have it: through the public API, on a store of its own.
#include "benchmarks/local/store.h"

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"publish", bench::publish},
                     {"end-to-end", bench::end_to_end},
                     {"one-by-one", bench::one_by_one},
                     {"idle", bench::idle}});
}
