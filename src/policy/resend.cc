// SPDX-License-Identifier: Apache-2.0
#include "src/policy/resend.h"

namespace ductape::inline v0::policy {

AfterSend after_send(const SendFailure& failure, const Backoff& backoff, double unit) {
  const bool unknown = failure.code == Errc::outcome_unknown;
  const bool maybe_stored = unknown || failure.maybe_stored;
  const auto fail = [](Errc code) { return AfterSend{.kind = AfterSend::fail, .when = {}, .code = code}; };

  if (!is_retryable(failure.code) || failure.overtaken || (unknown && !failure.may_resend)) {
    return fail(maybe_stored ? Errc::outcome_unknown : failure.code);
  }
  // Compared as durations: a deadline near the end of time must not overflow.
  const auto left = failure.deadline - failure.now;
  auto delay = std::chrono::duration_cast<TimePoint::duration>(backoff_delay(backoff, failure.sends, unit));
  if (delay >= left) {
    if (left < 2 * backoff.min) return fail(at_deadline(maybe_stored));
    delay = left - backoff.min;
  }
  return {.kind = AfterSend::resend, .when = failure.now + delay, .code = Errc::ok};
}

}  // namespace ductape::inline v0::policy
