// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/store/handled_ids.h"

namespace ductape::inline v0::support {

/// A `dedup` window that nobody shares.
inline std::unique_ptr<model::HandledIds> handled_ids() {
  return store::open_handled_ids({.kind = store::Location::Kind::memory, .directory = {}}).value();
}

}  // namespace ductape::inline v0::support
