// SPDX-License-Identifier: Apache-2.0
// Messages that killed their process, and handlers that do not return.
#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

// False if it does not go to a handler now.
bool SubscriptionCore::judge(Held& held) {
  const auto count = policy::hand_outs(held.delivered.deliveries, held.failures);
  switch (policy::suspicion(count, plan_.group.retry.max_deliveries)) {
    case policy::Suspicion::none:
      one_by_one_ = false;
      // What comes while a suspect waits for its turn must not be beside it.
      if (!suspect_) return true;
      send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
      return false;
    case policy::Suspicion::alone:
      if (suspect_) {
        send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
        return false;
      }
      suspect_ = &held;
      return true;
    case policy::Suspicion::killer:
      bury(held, "max_deliveries",
           "handed out " + std::to_string(count - 1) + " times, and each time the process ended without an outcome");
      return false;
  }
  return true;
}

void SubscriptionCore::outcome_of_suspect(const Held& held) {
  if (suspect_ != &held) return;
  suspect_ = nullptr;
  one_by_one_ = true;
}

// A suspect starts when nothing else is here, and nothing starts beside it. In order, nothing starts that might have to
// be parked where there is no room for it; what was parked is ready again when its wait is over, and makes room by
// that.
SubscriptionCore::Held* SubscriptionCore::next_startable() {
  if (ready_.empty() || (parked_full() && route().ordered)) return nullptr;
  if (!suspect_) return ready_.front();
  if (running_ > 0 || suspect_->state != State::ready) return nullptr;
  for (const auto& source : sources_)
    if (!source->outcomes.empty() || source->unanswered > 0) return nullptr;
  return suspect_;
}

SubscriptionCore::Held* SubscriptionCore::take_startable() {
  Held* const next = next_startable();
  if (next && next == ready_.front())
    ready_.pop_front();
  else if (next)
    std::erase(ready_, next);
  return next;
}

// One timer for all handlers, at the earliest time-out.
void SubscriptionCore::arm_timeout(Deadline when) {
  if (when >= timeout_at_) return;
  if (timeout_timer_ != 0) runtime_.cancel(timeout_timer_);
  timeout_at_ = when;
  timeout_timer_ = runtime_.at(when, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end_late_handlers();
  });
}

void SubscriptionCore::end_late_handlers() {
  std::vector<std::stop_source> late;
  {
    Lock lock(mutex_);
    timeout_timer_ = 0;
    timeout_at_ = Deadline::max();
    const auto now = runtime_.now();
    auto next = Deadline::max();
    for (auto& held : slab_) {
      if (held.state != State::running) continue;
      if (held.timeout > now) {
        next = std::min(next, held.timeout);
        continue;
      }
      late.push_back(held.stop);
      held.timeout = Deadline::max();
      held.reservation = 0;  // runs out by itself if the handler never returns
      ++held.generation;     // what the handler says from now on is not about this delivery
      --running_;
      ++outcomes_;
      outcome_of_suspect(held);
      fail_attempt(
          held, {},
          "the handler ran longer than handler_timeout, " + std::to_string(plan_.handler_timeout.count()) + " ms");
    }
    if (next != Deadline::max()) arm_timeout(next);
    update_window();
    dispatch();
    for (auto& source : sources_) flush(*source);
    finish_if_done();
    if (closing_) changed_.notify_all();
  }
  for (auto& stop : late) stop.request_stop();  // runs the handlers' own callbacks
}

}  // namespace ductape::inline v0::detail
