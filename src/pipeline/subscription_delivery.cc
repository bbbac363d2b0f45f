// SPDX-License-Identifier: Apache-2.0
// One delivery's way: from its arrival through handlers and lanes to its outcome.
#include "src/pipeline/subscription_core.h"

#include <algorithm>

#include <ductape/driver/fault.hpp>

#include "src/pipeline/attempt.h"
#include "src/pipeline/message_id.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

SubscriptionCore::Held& SubscriptionCore::hold(Source& source, Delivered& message) {
  Held* held = nullptr;
  if (free_.empty()) {
    held = &slab_.emplace_back();
  } else {
    held = free_.back();
    free_.pop_back();
  }
  held->delivered = std::move(message);
  held->key = held->delivered.key;
  held->source = &source;
  read_journey(*held);
  source.held.emplace(held->delivered.tag, held);
  return *held;
}

void SubscriptionCore::make_ready(Held& held) {
  held.state = State::ready;
  ready_.push_back(&held);
}

std::shared_ptr<SubscriptionCore::Attempt> SubscriptionCore::hand_out(Held& held) {
  held.state = State::running;
  ++running_;
  ++stats_.delivered;
  if (plan_.handler_timeout.count() > 0) {
    held.timeout = runtime_.now() + plan_.handler_timeout;
    held.stop = std::stop_source();
    arm_timeout(held.timeout);
  }
  return std::make_shared<Attempt>(shared_from_this(), held);
}

Delivery SubscriptionCore::delivery_of(std::shared_ptr<Attempt> attempt) {
  Message message(attempt);
  auto* settler = static_cast<Settler*>(attempt.get());
  return Delivery(std::move(message), std::shared_ptr<Settler>(std::move(attempt), settler));
}

void SubscriptionCore::settle(Held& held, std::uint32_t generation, Settler::Decision decision) noexcept {
  driver::fault_point("subscribe.handled_not_settled");
  Lock lock(mutex_);
  if (held.generation != generation || (held.state != State::running && held.state != State::lost)) {
    // Its time was over before it said anything.
    const std::string_view limit = closing_ ? "the close deadline" : "handler_timeout";
    count_lost(held, "its handler ran longer than " + std::string(limit));
    return complete(std::move(decision.completion),
                    Error{.code = Errc::lost,
                          .message = "the handler ran longer than " + std::string(limit) +
                                     (closing_ ? "; the message comes again" : "; that was a failed attempt already")});
  }
  --running_;
  ++outcomes_;
  outcome_of_suspect(held);
  held.reservation = 0;
  held.completion = std::move(decision.completion);
  if (held.state == State::lost) {
    const auto& provider = held.source->place->route->provider;
    count_lost(held, provider + " no longer honours its delivery; it comes again");
    complete(std::exchange(held.completion, {}), Error{.code = Errc::lost,
                                                       .message = provider + " no longer honours the delivery of " +
                                                                  std::string(held.id) + "; the message comes again",
                                                       .provider = provider});
    forget(held);
  } else {
    switch (decision.outcome) {
      case Outcome::ack:
        held.handled = true;
        send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack});
        break;
      case Outcome::retry:
        fail_attempt(held, decision.delay, std::move(decision.reason));
        break;
      case Outcome::abandoned:
        fail_attempt(held, {}, "abandoned: the delivery was destroyed unsettled");
        break;
      case Outcome::dead_letter:
        ++held.failures;  // a run that ended badly, too
        bury(held, "rejected", std::move(decision.reason));
        break;
      case Outcome::undecodable:
        ++held.failures;
        bury(held, "undecodable", std::move(decision.reason));
        break;
    }
  }
  update_window();
  dispatch();
  for (auto& source : sources_) flush(*source);
  finish_if_done();
  if (closing_) changed_.notify_all();
}

// An ack lets the next of its key start at once. Whatever else becomes of it, it keeps its place in the lane until the
// provider has said that it took it: only what comes after that is known to come behind it.
void SubscriptionCore::send_back(Held& held, Settle outcome) {
  if (outcome.verdict == Verdict::ack && !outcome.moved) leave_lane(held);
  held.state = State::settling;
  held.outcome = outcome;
  held.source->outcomes.push_back(outcome);
}

void SubscriptionCore::leave_lane(Held& held) {
  if (!std::exchange(held.in_order, false) || lanes_.remove(held)) return;
  auto* next = static_cast<Held*>(lanes_.leave(held));
  if (next && next->state == State::in_lane) make_ready(*next);
}

// It comes again, so what is behind it must come again too, after it.
void SubscriptionCore::give_back_behind(const Held& held) {
  if (!held.in_order) return;
  std::vector<Held*> behind;
  for (auto* next = static_cast<Held*>(held.next); next; next = static_cast<Held*>(next->next))
    if (next->state == State::in_lane) behind.push_back(next);
  // The last one first, as in give_back_unstarted.
  for (auto each = behind.rbegin(); each != behind.rend(); ++each)
    send_back(**each, {.tag = (*each)->delivered.tag, .verdict = Verdict::give_back});
}

// The provider does not honour its outcome any more: if nobody has it, it is forgotten, else when it is settled.
void SubscriptionCore::void_delivery(Held& held) {
  switch (held.state) {
    case State::ready:
      std::erase(ready_, &held);
      return forget(held);
    case State::in_lane:
      return forget(held);
    case State::parked:
      runtime_.cancel(std::exchange(held.timer, 0));
      --parked_;
      return forget(held);
    case State::settling:
      count_lost(held, "the session ended before its outcome was taken");
      complete(std::exchange(held.completion, {}),
               Error{.code = Errc::lost,
                     .message = "the session ended before " + held.source->place->route->provider +
                                " took the outcome of " + std::string(held.id)});
      return forget(held);
    case State::running:
      held.state = State::lost;
      held.source->held.erase(held.delivered.tag);
      return;
    case State::lost:
    case State::free:
      return;
  }
}

void SubscriptionCore::forget(Held& held) {
  outcome_of_suspect(held);
  leave_lane(held);
  if (held.timer != 0) runtime_.cancel(std::exchange(held.timer, 0));
  if (held.state != State::lost) held.source->held.erase(held.delivered.tag);
  held.state = State::free;
  ++held.generation;
  held.delivered = {};
  held.key = held.id = {};
  held.timeout = Deadline::max();
  held.stop = std::stop_source(std::nostopstate);
  held.moved.reset();
  held.handled = false;
  free_.push_back(&held);
}

void SubscriptionCore::give_back_unstarted(Source* only, std::span<const std::uint32_t> scopes, const Held* but) {
  const auto concerned = [&](const Held& held) {
    return &held != but && (!only || held.source == only) &&
           (scopes.empty() || std::ranges::count(scopes, held.delivered.scope) > 0);
  };
  std::vector<Held*> unstarted;
  for (auto& held : slab_)
    if ((held.state == State::parked || held.state == State::in_lane || held.state == State::ready) && concerned(held))
      unstarted.push_back(&held);
  // The last one first: where what comes back goes to the front, that leaves each key in its order.
  std::ranges::sort(unstarted, std::greater(), [](const Held* held) { return held->delivered.tag; });
  for (Held* each : unstarted) {
    Held& held = *each;
    if (held.state == State::parked) {
      runtime_.cancel(std::exchange(held.timer, 0));
      --parked_;
      // Its failed attempts are kept where the provider keeps them.
      if (held.hand_outs_before)
        give_back(held);
      else
        send_back(held, {.tag = held.delivered.tag,
                         .verdict = held.failures == 0 ? Verdict::give_back : Verdict::retry,
                         .failures = held.failures,
                         .first_failure = held.first_failure});
    } else {
      if (held.state == State::ready) std::erase(ready_, &held);
      give_back(held);
    }
  }
}

}  // namespace ductape::inline v0::detail
