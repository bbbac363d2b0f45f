// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/result.hpp>

#include "providers/local/log.h"

namespace ductape::inline v0::local {

/// The offset before the first message that "latest", "earliest", an RFC 3339 time or a position names. Errors:
/// `invalid_argument`.
Result<std::int64_t> start_offset(Log& log, const Topic& topic, std::string_view from);

}  // namespace ductape::inline v0::local
