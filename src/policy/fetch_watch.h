// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// Whether a session that reads still does: judged by fetches that came back and by what waits at the provider, never
/// by an open socket. Not thread-safe.
class FetchWatch {
 public:
  /// The longest a driver may say nothing (seam).
  static constexpr Millis period{2'000};
  static constexpr Millis patience = 3 * period;

  explicit FetchWatch(TimePoint now = {}) : last_answer_(now), begun_(now), last_message_(now) {}

  /// A new session.
  void begin(TimePoint now) {
    begun_ = last_message_ = now;
    ready_.reset();
    looks_ = 0;
  }
  void answered(TimePoint now) { last_answer_ = now; }
  void delivered(TimePoint now) {
    last_answer_ = last_message_ = now;
    ready_.reset();
  }

  [[nodiscard]] TimePoint last_answer() const { return last_answer_; }
  /// No fetch came back for three periods, of whatever session.
  [[nodiscard]] bool dead(TimePoint now) const { return now - last_answer_ >= patience; }
  /// The same of the present session.
  [[nodiscard]] bool silent(TimePoint now) const { return now - std::max(last_answer_, begun_) >= patience; }
  /// Whether the provider should be asked what waits: it is silent, or, if it could have had messages (`hungry`), it
  /// brought none for so long.
  [[nodiscard]] bool suspicious(TimePoint now, bool hungry) const {
    return silent(now) || (hungry && now - last_message_ >= patience);
  }
  /// The provider answered that so many are ready for anybody. True if the session should be replaced: the server
  /// lives and this session does not, or what is ready grew from one look to the next and none of it came here.
  /// `costly`: the group stands still for a while if the session is replaced, so that it gets three looks to come back
  /// by itself.
  [[nodiscard]] bool broken(TimePoint now, bool hungry, bool costly, std::uint64_t ready) {
    if (silent(now)) return ++looks_ > (costly ? 2 : 0);
    looks_ = 0;
    if (!hungry) return false;
    const bool grew = ready_ && *ready_ > 0 && ready > *ready_;
    ready_ = ready;
    return grew;
  }

 private:
  TimePoint last_answer_, begun_, last_message_;
  std::optional<std::uint64_t> ready_;
  int looks_ = 0;  // while it was silent
};

}  // namespace ductape::inline v0::policy
