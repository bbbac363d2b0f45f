// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>

#include "providers/local/engine.h"

namespace ductape::inline v0::local {

struct Placed {
  Log::Appended appended = {};
  Error error = {};
};

/// Stores a record where its address says: in a topic, among a group's dead letters, or for one group's next hand-out.
/// `from`: the group that it leaves by that, 0 if it is new; this decides what is counted. `frees`: where it lay until
/// now, if nobody else needs that, else 0; it may be the same place under the same id. Errors: `not_found`.
Placed put(Cycle& cycle, const driver::Record& record, std::int64_t from, std::int64_t frees);

}  // namespace ductape::inline v0::local
