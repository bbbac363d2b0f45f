// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/native/workload.h"

namespace bench {

/// A thread that publishes, one that claims, handles and acks in batches; both on one file.
void sqlite_end_to_end(const Workload& workload);

}  // namespace bench
