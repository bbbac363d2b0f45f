// SPDX-License-Identifier: Apache-2.0
// The publish path's time: when something is sent again, and what its waiter hears at the deadline.
#include <algorithm>

#include "src/pipeline/publish_path.h"
#include "src/policy/resend.h"

namespace ductape::inline v0::pipeline {

// One timer for the whole path, at the earliest of what is due; it scans, so that a message costs no timer of its own.
void PublishPath::arm(driver::Deadline when) {
  if (when >= timer_at_) return;
  if (timer_ != 0) runtime_.cancel(timer_);
  timer_at_ = when;
  timer_ = runtime_.at(when, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->tick();
  });
}

void PublishPath::tick() {
  Answers answers;
  Lock lock(mutex_);
  const auto now = runtime_.now();
  timer_ = 0;
  timer_at_ = driver::Deadline::max();
  std::erase_if(waiting_, [&](Outgoing* out) {
    if (out->resend_at > now && out->deadline > now) return false;
    enqueue(*out);
    return true;
  });
  recall_late(now);
  auto next = driver::Deadline::max();
  for (auto& out : slab_) {
    using enum Outgoing::State;
    if (out.state == free || out.state == answered || out.state == refused) continue;
    if (out.deadline > now) {
      next = std::min(next, out.state == waiting ? std::min(out.deadline, out.resend_at) : out.deadline);
      continue;
    }
    const bool with_driver = out.state == submitted;
    const Errc code = policy::at_deadline(out.maybe_stored || with_driver);
    answer(out, describe(out, code, last_failure_.code == code ? Error{} : last_failure_), answers);
    if (with_driver) {
      out.state = answered;  // its bytes are the driver's until it reports
    } else {
      std::erase(queue_, &out);
      finish(out);
    }
  }
  if (next != driver::Deadline::max()) arm(next);
  changed_.notify_all();
  pump(answers);
  answer_all(lock, std::move(answers));
}

// What the driver has not handed over either was not sent, which is not the same as unknown.
void PublishPath::recall_late(driver::Deadline now) {
  if (!session_ || session_ended_) return;
  std::vector<driver::Tag> late;
  for (const auto& out : slab_)
    if (out.state == Outgoing::State::submitted && out.deadline <= now) late.push_back(out.tag());
  if (late.empty()) return;
  for (const auto tag : session_->recall(late)) {
    auto& out = slab_[static_cast<std::uint32_t>(tag)];
    out.state = Outgoing::State::queued;
    out.in_flight = false;
    --out.sends;
  }
}

Error PublishPath::describe(const Outgoing& out, Errc code, Error cause) const {
  if (code == cause.code) return cause;
  const std::string sends = std::to_string(out.sends) + (out.sends == 1 ? " sending" : " sendings");
  Error error{.code = code, .provider = provider_, .native = cause.native};
  if (code == Errc::outcome_unknown) {
    error.message =
        provider_ + " may or may not have the message " + std::string(out.envelope.record().id) + " after " + sends;
    error.hint = "publish it again with the same id: where the provider deduplicates it is one message";
  } else {
    error.message = provider_ + " did not take the message until its deadline (" + sends + ")";
    error.hint = "raise `deadline`, or see whether the broker can be reached";
  }
  if (!cause.message.empty()) error.message += ": " + cause.message;
  return error;
}

}  // namespace ductape::inline v0::pipeline
