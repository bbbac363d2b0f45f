// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::memory {

/// What the broker was told to do wrong.
struct Faults {
  std::uint32_t duplicate_every = 0;  ///< 0 = none
  std::uint64_t handed = 0;           ///< messages handed out for the first time since then
  driver::Millis delay{0};
  bool reorder = false;
  std::uint32_t refuse = 0;  ///< records still to be refused
  Errc refuse_code = Errc::unavailable;
  std::uint32_t lose_receipts = 0;  ///< records still to be stored without an answer
};

}  // namespace ductape::inline v0::memory
