// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ductape::inline v0 {

/// Semantic version of this library; CMake reads it from here.
inline constexpr const char* version = "0.1.0";

}  // namespace ductape::inline v0
