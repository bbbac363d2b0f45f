// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/json.h"
#include "src/registry/edit.h"

namespace ductape::inline v0::registry {

/// A declarative file onto an edit. What the file names is made or changed; what it does not name stays as it is,
/// unless it is to be pruned.
Result<Applied> apply(Edit& edit, const model::Json& document, const ApplyOptions& options);

}  // namespace ductape::inline v0::registry
