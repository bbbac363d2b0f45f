// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "src/model/tally.h"
#include "src/store/location.h"

namespace ductape::inline v0::store {

/// In the store's directory, apart from the registry, whose readers would else look at every change.
Result<std::unique_ptr<model::Tallies>> open_tallies(const Location& location,
                                                     std::chrono::milliseconds wait = patience);

}  // namespace ductape::inline v0::store
