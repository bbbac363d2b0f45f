// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <ductape/driver/provider.hpp>

#include "providers/local/engine.h"

namespace ductape::inline v0::local {

/// Writes to the file (if `engine` is there), so that a full disk, a damaged file or a process that holds it up is
/// named; at the deadline it answers `unavailable`.
void probe(const std::shared_ptr<Engine>& engine, const std::string& directory, driver::Runtime& runtime,
           driver::Deadline deadline, driver::Done<driver::Probe> done);

}  // namespace ductape::inline v0::local
