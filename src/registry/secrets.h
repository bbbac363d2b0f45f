// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/registry/catalog.h"
#include "src/registry/secret_box.h"

namespace ductape::inline v0::registry {

/// What a secret is sealed for: it opens as no other.
[[nodiscard]] std::string place_of(const model::SealedSecret& secret);

/// Whose config names it: "broker orders in prd".
[[nodiscard]] std::vector<std::string> users_of(const ProductEntry& product, std::string_view secret);

/// Why a secret does not open with the key of `key_place`, where there is one or none.
[[nodiscard]] Error wrong_key(const model::SealedSecret& secret, const std::string& key_place, bool there);

}  // namespace ductape::inline v0::registry
