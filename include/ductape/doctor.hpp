// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ductape/health.hpp>

namespace ductape::inline v0 {

/// One thing that was looked at: how it is and, unless it is green, what to do about it.
struct Finding {
  std::string what = {};  ///< "store", "secrets", "broker orders in prd", "group billing of orders:new in prd"
  HealthState state = HealthState::green;
  std::string found = {};  ///< e.g. "kafka: 3.9.2, survives power_loss"; what is wrong; never a credential
  std::string knob = {};   ///< what to do; empty if there is nothing to do
};

}  // namespace ductape::inline v0
