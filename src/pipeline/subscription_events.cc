// SPDX-License-Identifier: Apache-2.0
// What the driver says.
#include "src/pipeline/subscription_core.h"

#include <algorithm>
#include <cassert>

#include <ductape/driver/fault.hpp>

#include "src/pipeline/message_id.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;

void SubscriptionCore::on_delivered(Source& source, std::span<Delivered> messages) {
  Lock lock(mutex_);
  source.brought = true;
  for (auto& message : messages) {
    Held& held = hold(source, message);
    held.in_order = route().ordered && !held.key.empty();
    const bool first = !held.in_order || lanes_.enter(held);
    held.state = State::in_lane;
    // What crossed with a smaller window goes back untouched.
    if (closing_ || source.leaving || (!plan_.handler && ready_.size() >= demand_)) {
      give_back(held);
      continue;
    }
    const bool calm = suspect_ == nullptr;
    if (!judge(held)) continue;
    if (!first) {
      // until those before it have gone
    } else if (const auto wait = until_due(held); wait > Millis(0)) {
      park(held, wait);
    } else {
      make_ready(held);
    }
    if (calm && suspect_) give_back_unstarted(nullptr, {}, suspect_);
  }
  works(source);
  source.watch.delivered(runtime_.now());
  arm_renewal();
  update_window();
  dispatch();
  flush(source);
}

void SubscriptionCore::on_settled(Source& source, std::span<const Settled> answers) {
  Lock lock(mutex_);
  source.unanswered -= std::min(source.unanswered, answers.size());
  for (const auto& answer : answers) {
    const auto found = source.held.find(answer.tag);
    if (found == source.held.end()) continue;
    Held& held = *found->second;
    assert(held.state == State::settling);
    untaken_ = {};
    if (answer.error && !closing_ && is_retryable(answer.error.code)) {
      untaken_ = answer.error;
      settle_again(held);
      continue;
    }
    if (answer.error) count_lost(held, answer.error.message);
    if (held.handled && !answer.error) ++stats_.acked;
    // Stored elsewhere, and here nobody knows of it. Where that and the ack are one step it is behind both.
    if (held.moved && !answer.error)
      driver::fault_point(held.outcome.moved->to == &source.place->dead_letter ? "subscribe.dead_lettered_not_acked"
                                                                               : "subscribe.moved_not_acked");
    complete(std::exchange(held.completion, {}), answer.error ? Result<void>(answer.error) : Result<void>());
    if (answer.error || held.outcome.verdict != Verdict::ack) give_back_behind(held);
    forget(held);
  }
  flush(source);
  release_revoked(source);
  dispatch();  // a suspect, or the next of a key, may have waited for these answers
  stop_if_left(source);
  finish_if_done();
  if (closing_) changed_.notify_all();
}

// The provider could not take the outcome just now (its disk is full, say). The message stays ours until it can:
// nothing else may happen to it, or it would be handled twice or lost.
void SubscriptionCore::settle_again(Held& held) {
  constexpr Millis pause(1'000);
  held.timer = runtime_.at(runtime_.now() + pause, [weak = weak_from_this(), &held, generation = held.generation] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    if (held.generation != generation || held.state != State::settling) return;
    held.timer = 0;
    held.source->outcomes.push_back(held.outcome);
    self->flush(*held.source);
  });
}

void SubscriptionCore::on_lost(Source& source, std::span<const Tag> tags) {
  Lock lock(mutex_);
  for (const Tag tag : tags)
    if (const auto found = source.held.find(tag); found != source.held.end() && found->second->state != State::settling)
      void_delivery(*found->second);
  stop_if_left(source);
  update_window();
  dispatch();
}

void SubscriptionCore::on_alive(Source& source) {
  Lock lock(mutex_);
  works(source);
  source.watch.answered(runtime_.now());
}

// Something came back from the session.
void SubscriptionCore::works(Source& source) {
  source.reconnect.succeeded();
  source.trouble = {};
  source.worked = true;
  if (std::exchange(source.connected, true)) return;
  changed_.notify_all();
  if (&source == sources_.front().get())
    tell(Notice::Kind::connected, {}, "group " + plan_.group.name + " reads " + route().event);
}

void SubscriptionCore::on_gap(std::uint64_t messages) {
  Lock lock(mutex_);
  stats_.gap += messages;
  gap_known_ = false;
  tell(Notice::Kind::gap, {},
       std::to_string(messages) + " messages were removed before group " + plan_.group.name + " had them", messages);
}

void SubscriptionCore::on_revoking(Source& source, std::span<const std::uint32_t> scopes) {
  Lock lock(mutex_);
  give_back_unstarted(&source, scopes);
  source.revoked.insert(source.revoked.end(), scopes.begin(), scopes.end());
  flush(source);
  release_revoked(source);
}

void SubscriptionCore::release_revoked(Source& source) {
  if (source.revoked.empty() || !source.session || source.ended_already) return;
  for (const auto& [tag, held] : source.held)
    if (std::ranges::count(source.revoked, held->delivered.scope) > 0) return;
  const auto scopes = std::exchange(source.revoked, {});
  source.session->released(scopes);
}

namespace {

bool may_pass(const pipeline::Source& source, const Error& why) {
  if (why.name() == "SUBSCRIBE_FAILED") return false;  // the provider's own option says so
  // Who was let in before and is not now has credentials that are being changed.
  if (why.code == Errc::unauthenticated || why.code == Errc::permission_denied) return source.worked;
  return is_retryable(why.code) || why.code == Errc::lost;
}

}  // namespace

void SubscriptionCore::on_ended(Source& source, Error why) {
  Lock lock(mutex_);
  source.ended_already = true;
  source.leaving = source.leaving || source.superseded;
  source.outcomes.clear();
  source.unanswered = 0;
  source.revoked.clear();
  if (std::exchange(source.connected, false) && !closing_ && !source.leaving)
    tell(Notice::Kind::disconnected, {}, why ? why.message : "the session was replaced");
  std::vector<Held*> all;
  for (const auto& [tag, held] : source.held) all.push_back(held);
  for (Held* held : all) void_delivery(*held);
  source.stopped = source.stopped || source.leaving;
  const bool again = !closing_ && !source.stopped && (!why || may_pass(source, why));
  source.trouble = why;
  // A connection that is lost at a close is no failure of it: what was under way is told as lost, one by one.
  const bool failed = why && !again && !source.leaving && !(closing_ && may_pass(source, why));
  if (failed && !failure_) failure_ = std::move(why);
  // A session cannot be destroyed inside its own callback.
  runtime_.post([self = shared_from_this(), &source, again] {
    Lock inner(self->mutex_);
    auto old = std::move(source.session);
    inner.unlock();
    old.reset();  // waits for this very callback to return
    inner.lock();
    source.ended_already = false;
    if (again && !self->closing_) {
      ++self->stats_.reconnects;
      const auto when = self->runtime_.now() + source.reconnect.failed(pipeline::random_unit());
      self->runtime_.at(when, [weak = self->weak_from_this(), &source] {
        const auto alive = weak.lock();
        if (!alive) return;
        Lock reopening(alive->mutex_);
        if (!alive->closing_ && !source.leaving && !source.session) alive->open(source);
      });
    } else if (source.leaving && !self->closing_) {
      source.stopped = true;
    } else {
      source.stopped = true;
      self->begin_close();
      self->stop_sources(self->runtime_.now());
      self->finish_if_done();
    }
    self->changed_.notify_all();
  });
  changed_.notify_all();
}

}  // namespace ductape::inline v0::detail
