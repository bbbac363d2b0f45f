// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/result.hpp>

#include "providers/local/log.h"

namespace ductape::inline v0::local {

/// A place in a topic.
struct Start {
  std::int64_t offset = 0;  ///< before the first message from there on
  std::int64_t since = 0;   ///< when what is from there on was accepted, at the earliest; for places of its own
};

/// What "latest", "earliest", an RFC 3339 time or a position names. Errors: `invalid_argument`.
Result<Start> find_start(Log& log, const Topic& topic, std::string_view from);

}  // namespace ductape::inline v0::local
