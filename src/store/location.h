// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/store/store.h"

namespace ductape::inline v0::store {

/// What a store's URL says.
struct Location {
  enum class Kind : std::uint8_t { sqlite, memory } kind = Kind::sqlite;
  std::string directory = {};  ///< absolute; empty for `memory`
};

/// `sqlite:DIR`, a bare `DIR`, or `memory:`. Errors: `invalid_argument`, `unsupported` (PostgreSQL).
Result<Location> parse_location(std::string_view url);

/// Opens the store there and makes what is missing.
Result<std::unique_ptr<Store>> open(const Location& location, std::chrono::milliseconds wait = patience);

}  // namespace ductape::inline v0::store
