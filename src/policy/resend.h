// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ductape/error.hpp>

#include "src/policy/backoff.h"

namespace ductape::inline v0::policy {

/// A publish attempt that ended badly.
struct SendFailure {
  Errc code =
      Errc::internal;      ///< of this attempt; `outcome_unknown`: the provider may have the message, else it has not
  bool overtaken = false;  ///< a later record of its key was accepted
  bool may_resend = true;  ///< false: an unknown outcome is reported (`on_unknown: report`)
  bool maybe_stored = false;  ///< the outcome of an earlier attempt is unknown
  std::uint32_t sends = 1;    ///< attempts so far, this one included
  TimePoint now = {};
  TimePoint deadline = {};  ///< the caller's
};

struct AfterSend {
  enum Kind : std::uint8_t { resend, fail } kind = fail;
  TimePoint when = {};         ///< of the resend, with the same id
  Errc code = Errc::internal;  ///< of the failure
};

/// What becomes of it: sent again after a back-off, or failed for good; a back-off over the deadline is cut, so that
/// one more sending comes shortly before it. `unit` in [0, 1) is the jitter.
///
/// A failure tells the truth about the message, not about the last attempt: once the outcome of any attempt is unknown,
/// the message fails only with `outcome_unknown`. No later refusal proves it absent. What judges the message alone (too
/// large, malformed, unsupported) would have refused the first sending too; if it did not, then limits, rights or
/// topology changed in between, and the first sending may have come before the change.
[[nodiscard]] AfterSend after_send(const SendFailure& failure, const Backoff& backoff, double unit);

/// The code of a message whose deadline passed: `timed_out` if the provider cannot have it, else `outcome_unknown`.
[[nodiscard]] inline Errc at_deadline(bool maybe_stored) {
  return maybe_stored ? Errc::outcome_unknown : Errc::timed_out;
}

}  // namespace ductape::inline v0::policy
