// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <ductape/health.hpp>

#include "src/policy/time.h"

namespace ductape::inline v0::policy {

/// How a server is, by the probes that it answered. Not thread-safe.
class Pulse {
 public:
  /// A probe without an answer for so long means red; it is also the deadline of one that nobody waits for.
  static constexpr Millis patience{5'000};
  /// An answer is news for so long.
  static constexpr Millis fresh{2'000};

  [[nodiscard]] bool wants_probe(TimePoint now) const {
    return !asked_ && (!last_answer_ || now - *last_answer_ >= fresh);
  }
  void asked(TimePoint now) {
    if (!asked_) asked_ = now;
  }
  /// `warning`: what is wrong with the server although it answers; may be empty.
  void answered(TimePoint now, std::string warning) {
    asked_.reset();
    last_answer_ = now;
    problem_.clear();
    warning_ = std::move(warning);
  }
  void failed(TimePoint, std::string problem) {
    asked_.reset();
    problem_ = std::move(problem);
  }

  [[nodiscard]] HealthItem health(std::string what, TimePoint now) const {
    HealthItem item{.what = std::move(what), .last_answer = last_answer_};
    if (asked_ && now - *asked_ >= patience) {
      item.state = HealthState::red;
      item.reason = "no answer for " + std::to_string((now - *asked_) / std::chrono::seconds(1)) +
                    " s: look whether the server is stopped or cut off";
    } else if (!problem_.empty()) {
      item.state = HealthState::red;
      item.reason = problem_;
    } else if (!last_answer_) {
      item.state = HealthState::degraded;
      item.reason = "asked just now, no answer yet";
    } else if (!warning_.empty()) {
      item.state = HealthState::degraded;
      item.reason = warning_;
    }
    return item;
  }

 private:
  std::optional<TimePoint> asked_, last_answer_;
  std::string problem_, warning_;
};

}  // namespace ductape::inline v0::policy
