// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/store/location.h"

namespace ductape::inline v0::registry {

/// Where the registry lies: `url`, else `DUCTAPE_STORE`, else the nearest `.ductape/` from the working directory
/// upwards, else `$XDG_DATA_HOME/ductape` or `~/.local/share/ductape`. Errors: `invalid_argument`, `unsupported`.
Result<store::Location> locate(std::string_view url);

}  // namespace ductape::inline v0::registry
