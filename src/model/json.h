// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace ductape::inline v0::model {

/// Keeps keys in the order in which they were written, so that people get back what they typed.
using Json = nlohmann::ordered_json;

}  // namespace ductape::inline v0::model
