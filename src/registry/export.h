// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/json.h"
#include "src/registry/catalog.h"

namespace ductape::inline v0::registry {

/// A product with everything below it, in the form of the declarative file, in the order of the tags.
model::Json document_of(const ProductEntry& product);

}  // namespace ductape::inline v0::registry
