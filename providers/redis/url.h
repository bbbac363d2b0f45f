// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/result.hpp>

#include "providers/redis/options.h"

namespace ductape::inline v0::redis {

/// Writes what `url` says into the other options: redis[s]://[[user][:password]@]host[:port][/db]. What it does not say
/// stays. Errors: `invalid_argument`; no password is repeated.
Result<void> apply_url(RedisOptions& options);

}  // namespace ductape::inline v0::redis
