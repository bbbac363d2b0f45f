// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/local/store.h"

namespace bench {

/// Makes the store with one topic on a broker of that type and configuration, which is a flow mapping of YAML.
void make_store_on(const Workload& workload, const std::string& type, const std::string& config);

/// Makes group `bench`, so that it has what is published from now on.
void make_group(ductape::Client& client);

/// Waits until the server has taken that many acks, and gives up if one was lost.
void await_acks(const ductape::Subscription& subscription, std::size_t count);

// The modes, beside `publish`.
void consume(const Workload& workload);
void broadcast(const Workload& workload);
void paced(const Workload& workload);
void stalled(const Workload& workload);

}  // namespace bench
