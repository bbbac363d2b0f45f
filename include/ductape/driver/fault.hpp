// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ductape::inline v0::driver {

/// A crash point for tests: with `DUCTAPE_FAULT=point[:n]` in the environment the process aborts at the n-th passage
/// (the first without n) of the point of that name. Compiled into the dev and tsan presets; elsewhere it is nothing.
#ifdef DUCTAPE_FAULT_POINTS
void fault_point(std::string_view point) noexcept;
#else
inline void fault_point(std::string_view) noexcept {}
#endif

/// Whether this build has crash points.
constexpr bool has_fault_points() noexcept {
#ifdef DUCTAPE_FAULT_POINTS
  return true;
#else
  return false;
#endif
}

}  // namespace ductape::inline v0::driver
