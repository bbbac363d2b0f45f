// SPDX-License-Identifier: Apache-2.0
// Messages that killed their process, and handlers that do not return.
#include "src/pipeline/journey.h"
#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;
namespace journey = pipeline::journey;

// Where clean give-backs are counted too, a count is no proof: a suspect is moved alone, and what is counted of the
// copy is what kills, as that is moved again instead of given back. In order it has to keep its place. Where the copies
// come over a session of their own each would wait for what the other brings, so there the count has to do.
bool SubscriptionCore::is_moved_alone(const Held& held) const {
  const auto& place = *held.source->place;
  return place.route->capabilities.counts_clean_return && !place.has_private_address() && !held.in_order &&
         plan_.group.mode != Mode::broadcast;
}

std::uint32_t SubscriptionCore::hand_outs_of(const Held& held) const {
  const auto& from = held.delivered;
  if (!held.hand_outs_before) return policy::hand_outs(from.deliveries, held.failures);
  return *held.hand_outs_before + policy::hand_outs(from.deliveries, from.failures);
}

void SubscriptionCore::move_alone(Held& held, std::uint32_t hand_outs) {
  const auto now = pipeline::in_milliseconds(runtime_.wall());
  Headers travelled{{std::string(journey::origin), std::string(held.id)},
                    {std::string(journey::attempts), std::to_string(held.failures)},
                    {std::string(journey::hand_outs), std::to_string(hand_outs)}};
  if (held.failures > 0)
    travelled.push_back({std::string(journey::first_failure), pipeline::in_milliseconds(held.first_failure)});
  if (const auto due = pipeline::attribute(held.delivered.attributes, journey::due))
    travelled.push_back({std::string(journey::due), std::string(*due)});
  held.moved = std::make_unique<pipeline::Envelope>();
  held.moved->fill_moved(held.delivered, std::string(held.id) + "/" + now, std::move(travelled),
                         held.source->place->retry);
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack, .moved = &held.moved->record()});
}

// Nobody has begun with it, or whoever has is not heard any more.
void SubscriptionCore::give_back(Held& held) {
  if (held.hand_outs_before && is_moved_alone(held)) return move_alone(held, hand_outs_of(held) - 1);
  send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
}

// The session's end would give it back, and be counted.
std::size_t SubscriptionCore::take_suspect_from_its_handler(Lock& lock) {
  if (!suspect_ || suspect_->state != State::running || !suspect_->hand_outs_before || !is_moved_alone(*suspect_))
    return 0;
  Held& held = *suspect_;
  auto stop = held.stop;
  held.timeout = Deadline::max();
  held.reservation = 0;  // runs out by itself if the handler never returns
  ++held.generation;
  --running_;
  outcome_of_suspect(held);
  give_back(held);
  flush(*held.source);
  lock.unlock();
  stop.request_stop();
  lock.lock();
  return 1;
}

// False if it does not go to a handler now.
bool SubscriptionCore::judge(Held& held) {
  const auto count = hand_outs_of(held);
  auto suspicion = policy::suspicion(count, plan_.group.retry.max_deliveries);
  if (is_moved_alone(held) && (held.hand_outs_before || suspicion != policy::Suspicion::none)) {
    if (!held.hand_outs_before) {
      one_by_one_ = true;
      move_alone(held, 0);
      return false;
    }
    if (suspicion == policy::Suspicion::none) suspicion = policy::Suspicion::alone;
  }
  switch (suspicion) {
    case policy::Suspicion::none:
      one_by_one_ = false;
      // What comes while a suspect waits for its turn must not be beside it.
      if (!suspect_) return true;
      give_back(held);
      return false;
    case policy::Suspicion::alone:
      if (suspect_) {
        give_back(held);
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
