// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "src/model/tally.h"

namespace ductape::inline v0::store::sqlite {

/// ":memory:" is private to the object.
Result<std::unique_ptr<model::Tallies>> open_tallies(const std::string& file, std::chrono::milliseconds wait);

}  // namespace ductape::inline v0::store::sqlite
