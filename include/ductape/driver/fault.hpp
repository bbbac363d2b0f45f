// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::driver {

/// A crash point for tests: with `DUCTAPE_FAULT=point[:n]` in the environment the process kills itself at the n-th
/// passage (the first without n) of the point of that name. Compiled into the dev and tsan presets; elsewhere it is
/// nothing, and a program that is given one ends with an error: see `check_fault`.
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

/// `unsupported` if DUCTAPE_FAULT is set and this build has no crash points: a test must not pass because nothing
/// crashed.
Result<void> check_fault();

}  // namespace ductape::inline v0::driver
