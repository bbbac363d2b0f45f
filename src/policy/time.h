// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace ductape::inline v0::policy {

using Millis = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

}  // namespace ductape::inline v0::policy
