// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/publish_path.h"

#include <algorithm>
#include <cassert>
#include <set>

#include <ductape/driver/fault.hpp>

#include "src/pipeline/message_id.h"
#include "src/pipeline/waiting.h"
#include "src/policy/resend.h"

namespace ductape::inline v0::pipeline {
namespace {

constexpr policy::Backoff resend_backoff{policy::Millis{50}, policy::Millis{5'000}};
constexpr std::size_t submit_most =
    512;  // records handed over in one call, so that a long queue does not hold the lock

}  // namespace

PublishPath::PublishPath(driver::Connection& connection, driver::Runtime& runtime, detail::Executor& executor,
                         std::string provider, PublishLimits limits, Renew renew)
    : connection_(connection),
      runtime_(runtime),
      executor_(executor),
      provider_(std::move(provider)),
      renew_(std::move(renew)),
      gate_(limits.messages, limits.bytes) {}

PublishPath::~PublishPath() { assert(!session_ || session_ended_); }

void PublishPath::publish(std::span<Submission> submissions) {
  Answers answers;
  Lock lock(mutex_);
  for (auto& submission : submissions) {
    const auto deadline = submission.now + submission.options.deadline;
    Outgoing& out = take_slot();
    out.waiter = std::move(submission.waiter);
    out.route = submission.route;
    const bool may_resend = submission.options.on_unknown == PublishOptions::OnUnknown::resend;
    const auto on_full = submission.options.on_full;

    // Filling needs no lock, but the slot is ours alone and to let go of the lock would let another caller overtake.
    auto filled = out.envelope.fill(*submission.route, submission.message, submission.options, runtime_.wall());
    Error refusal;
    if (closing_) {
      refusal = {.code = Errc::closed, .message = "the client is closed; nothing was sent"};
    } else if (!filled) {
      refusal = std::move(filled).error();
    } else if (!wait_for_room(lock, out.envelope.bytes(), on_full, deadline, answers, refusal)) {
      assert(refusal);
    }
    if (refusal) {
      answers.emplace_back(std::move(out.waiter), std::move(refusal));
      free_slot(out);
      continue;
    }
    out.sequence = ++last_sequence_;
    out.deadline = deadline;
    out.sends = 0;
    out.maybe_stored = false;
    out.may_resend = may_resend;
    out.overtaken = false;
    out.key = out.envelope.record().key;
    if (out.keyed()) order_.add(out);
    arm(deadline);
    if (submissions.size() > 1 || !submit_at_once(out)) enqueue(out);
  }
  if (!queue_.empty()) pump(answers);
  lock.unlock();
  if (!answers.empty()) deliver(std::move(answers), executor_);
}

// The short way of the usual case: nothing is before it, and the driver takes it.
bool PublishPath::submit_at_once(Outgoing& out) {
  if (!queue_.empty() || !session_ || session_ended_ || stopped_ || !writable_ || resends_) return false;
  driver::Record& record = out.envelope.record();
  record.tag = out.tag();
  writable_ = session_->submit(std::span(&record, 1)) == 1;
  if (!writable_) return false;
  submitted(out);
  return true;
}

void PublishPath::submitted(Outgoing& out) {
  out.state = Outgoing::State::submitted;
  out.in_flight = true;
  ++out.sends;
}

bool PublishPath::wait_for_room(Lock& lock, std::size_t bytes, PublishOptions::OnFull on_full,
                                driver::Deadline deadline, Answers& answers, Error& why) {
  if (gate_.try_enter(bytes)) return true;
  const auto full = [&](Errc code, std::string_view what) {
    why = {.code = code,
           .message = std::to_string(gate_.count()) + " messages (" + std::to_string(gate_.bytes()) +
                      " bytes) wait for confirmation by " + provider_ + ": " + std::string(what),
           .hint = "publish slower or raise `publish_window` and `publish_window_bytes`",
           .provider = provider_};
    return false;
  };
  if (on_full == PublishOptions::OnFull::reject) return full(Errc::queue_full, "the window is full");
  pump(answers);  // what was queued before must go, or there will never be room
  bool entered = false;
  ++room_waiters_;
  wait_until(runtime_, shared_from_this(), lock, changed_, deadline, [&] {
    entered = entered || (!closing_ && gate_.try_enter(bytes));
    return entered || closing_;
  });
  --room_waiters_;
  if (entered) return true;
  if (closing_) {
    why = {.code = Errc::closed, .message = "the client was closed while the message waited for room; it was not sent"};
    return false;
  }
  return full(Errc::timed_out, "no room until the deadline");
}

Outgoing& PublishPath::take_slot() {
  if (free_.empty()) {
    Outgoing& out = slab_.emplace_back();
    out.index = static_cast<std::uint32_t>(slab_.size() - 1);
    return out;
  }
  Outgoing& out = *free_.back();
  free_.pop_back();
  return out;
}

void PublishPath::free_slot(Outgoing& out) {
  out.state = Outgoing::State::free;
  out.waiter.emplace<std::monostate>();
  ++out.generation;
  free_.push_back(&out);
}

void PublishPath::enqueue(Outgoing& out) {
  out.state = Outgoing::State::queued;
  // New ones are the youngest; one that is sent again goes back to its place.
  if (queue_.empty() || queue_.back()->sequence < out.sequence) return queue_.push_back(&out);
  queue_.insert(std::lower_bound(queue_.begin(), queue_.end(), &out,
                                 [](const Outgoing* a, const Outgoing* b) { return a->sequence < b->sequence; }),
                &out);
}

// A later message of a key must not pass one that waits to be sent again, nor may that one go while a later one may be
// accepted any moment: either way the group would see them in the wrong order.
bool PublishPath::held_back(const Outgoing& out) const {
  if (!out.keyed()) return false;
  if (out.sends > 0 && order_.later_in_flight(out)) return true;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Outgoing* earlier) {
    return earlier->sequence < out.sequence && earlier->key == out.key && earlier->route == out.route;
  });
}

void PublishPath::fail_overtaken(Answers& answers) {
  std::erase_if(queue_, [&](Outgoing* out) {
    // Where it may be stored itself, its repeat changes nothing for who sees the first of each.
    const bool passed = out->sends > 0 && out->keyed() && !out->maybe_stored && order_.later_maybe_stored(*out);
    if (!out->overtaken && !passed) return false;
    Error cause{.code = Errc::unavailable,
                .message = "a later message of its key " + std::string(passed ? "may have been" : "was") +
                           " accepted, so it cannot be sent again in order",
                .provider = provider_};
    answer(*out, out->maybe_stored ? describe(*out, Errc::outcome_unknown, cause) : cause, answers);
    finish(*out);
    return true;
  });
}

void PublishPath::pump(Answers& answers) {
  if (resends_) fail_overtaken(answers);
  if (queue_.empty()) resends_ = !waiting_.empty();
  if (queue_.empty() || session_ended_ || stopped_) return;
  if (!session_) {
    if (runtime_.now() < reopen_at_) return arm(reopen_at_);
    writable_ = true;
    session_ = connection_.publisher(*this);
  }
  while (writable_ && !queue_.empty()) {
    records_.clear();
    chosen_.clear();
    bool passed_over = false;
    std::set<std::pair<const Route*, std::string_view>> held;  // what waits here holds up the later ones of its key
    for (Outgoing* out : queue_) {
      const std::pair lane(out->route, out->key);
      if (resends_ && out->keyed() && (held.contains(lane) || held_back(*out))) {
        held.insert(lane);
        passed_over = true;
        continue;
      }
      out->envelope.record().tag = out->tag();
      records_.push_back(out->envelope.record());
      chosen_.push_back(out);
      if (chosen_.size() == submit_most) break;
    }
    if (chosen_.empty()) return;
    const std::size_t taken = session_->submit(records_);
    for (std::size_t i = 0; i < taken; ++i) submitted(*chosen_[i]);
    if (!passed_over)
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
    else
      std::erase_if(queue_, [](const Outgoing* out) { return out->state == Outgoing::State::submitted; });
    writable_ = taken == chosen_.size();
  }
}

void PublishPath::sent(std::span<const driver::Sent> outcomes) {
  driver::fault_point("publish.accepted_not_completed");
  Answers answers;
  answers.reserve(outcomes.size());
  Lock lock(mutex_);
  for (const auto& outcome : outcomes) {
    const auto index = static_cast<std::uint32_t>(outcome.tag);
    assert(index < slab_.size() && slab_[index].tag() == outcome.tag);
    Outgoing& out = slab_[index];
    if (outcome.error) {
      attempt_failed(out, outcome.error, answers);
      continue;
    }
    if (out.keyed()) order_.accepted(out);
    out.key = {};
    out.route->traffic->confirmed(out.sends);
    if (out.state != Outgoing::State::answered) {
      const auto& record = out.envelope.record();
      answers.emplace_back(std::move(out.waiter), Receipt{.id = std::string(record.id),
                                                          .provider = provider_,
                                                          .native_id = std::string(outcome.native_id),
                                                          .sends = out.sends,
                                                          .deduplicated = outcome.duplicate});
    }
    finish(out);
  }
  reconnect_.succeeded();
  if (room_waiters_ > 0 || closing_) changed_.notify_all();
  pump(answers);
  lock.unlock();
  deliver(std::move(answers), executor_);
}

void PublishPath::attempt_failed(Outgoing& out, Error error, Answers& answers) {
  out.in_flight = false;
  if (out.state == Outgoing::State::answered) return finish(out);
  const auto decision = policy::after_send({.code = error.code,
                                            .overtaken = out.overtaken,
                                            .may_resend = out.may_resend,
                                            .maybe_stored = out.maybe_stored,
                                            .sends = out.sends,
                                            .now = runtime_.now(),
                                            .deadline = out.deadline},
                                           resend_backoff, random_unit());
  out.maybe_stored |= error.code == Errc::outcome_unknown;
  last_failure_ = error;
  if (decision.kind == policy::AfterSend::resend) {
    resends_ = true;
    if (session_ended_) return enqueue(out);  // opening the next session waits long enough
    out.state = Outgoing::State::waiting;
    out.resend_at = decision.when;
    waiting_.push_back(&out);
    return arm(decision.when);
  }
  if (is_to_be_renewed(out, error)) {
    out.state = Outgoing::State::refused;
    out.refusal = std::move(error);
    refused_.push_back(out.tag());
    if (refused_.size() > 1) return;
    ++answering_;
    return runtime_.post([self = shared_from_this()] { self->renew_refused(); });
  }
  answer(out, describe(out, decision.code, std::move(error)), answers);
  finish(out);
}

void PublishPath::answer(Outgoing& out, Result<Receipt> result, Answers& answers) {
  answers.emplace_back(std::exchange(out.waiter, {}), std::move(result));
}

void PublishPath::finish(Outgoing& out) {
  if (out.keyed()) {
    order_.removed(out);
    out.key = {};
  }
  gate_.leave(out.envelope.bytes());
  free_slot(out);
}

void PublishPath::writable() {
  Answers answers;
  Lock lock(mutex_);
  writable_ = true;
  pump(answers);
  lock.unlock();
  deliver(std::move(answers), executor_);
}

void PublishPath::ended(Error why) {
  Answers answers;
  Lock lock(mutex_);
  session_ended_ = true;
  const bool unexpected = static_cast<bool>(why);
  if (unexpected) last_failure_ = why;
  const Error unknown{.code = Errc::outcome_unknown,
                      .message = unexpected ? "the session ended: " + why.message : "the session was closed",
                      .provider = provider_,
                      .native = why.native};
  // In call order, so that what is sent again keeps it.
  std::vector<Outgoing*> cut;
  for (auto& out : slab_)
    if (out.state == Outgoing::State::submitted || out.state == Outgoing::State::answered) cut.push_back(&out);
  std::sort(cut.begin(), cut.end(), [](auto* a, auto* b) { return a->sequence < b->sequence; });
  for (Outgoing* out : cut) attempt_failed(*out, unknown, answers);
  // The session cannot be destroyed inside its own callback.
  runtime_.post([self = shared_from_this()] {
    Lock inner(self->mutex_);
    auto old = std::move(self->session_);
    inner.unlock();
    old.reset();  // waits for this very callback to return; only then may the connection go
    inner.lock();
    self->session_ended_ = false;
    self->reopen_at_ = self->runtime_.now() + self->reconnect_.failed(random_unit());
    self->changed_.notify_all();
    Answers given;
    self->pump(given);
    self->answer_all(inner, std::move(given));
  });
  changed_.notify_all();
  lock.unlock();
  deliver(std::move(answers), executor_);
}

// What is answered is no longer under way, but its answer is: the executor goes once `close` has returned.
void PublishPath::answer_all(Lock& lock, Answers answers) {
  if (answers.empty()) return;
  ++answering_;
  lock.unlock();
  deliver(std::move(answers), executor_);
  lock.lock();
  --answering_;
  changed_.notify_all();
}

bool PublishPath::retire() {
  Lock lock(mutex_);
  if (!gate_.idle() || room_waiters_ > 0) return false;
  closing_ = stopped_ = true;
  if (!session_ || session_ended_) return true;
  driver::Publisher* session = session_.get();
  lock.unlock();
  session->stop(runtime_.now() + std::chrono::seconds(30));
  return true;
}

bool PublishPath::close(driver::Deadline deadline) {
  Lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  const auto self = shared_from_this();
  const bool drained =
      wait_until(runtime_, self, lock, changed_, deadline, [&] { return gate_.idle() && room_waiters_ == 0; });
  stopped_ = true;
  if (session_ && !session_ended_) {
    driver::Publisher* session = session_.get();
    lock.unlock();
    session->stop(deadline);
    lock.lock();
  }
  // A driver ends at its deadline at the latest.
  changed_.wait(lock, [&] { return !session_ && !session_ended_ && answering_ == 0; });
  Answers answers;
  for (auto& out : slab_) {
    if (out.state == Outgoing::State::free) continue;
    answer(out,
           describe(out, policy::at_deadline(out.maybe_stored),
                    Error{.code = Errc::closed, .message = "the client was closed"}),
           answers);
    finish(out);
  }
  queue_.clear();
  waiting_.clear();
  if (timer_ != 0) runtime_.cancel(std::exchange(timer_, 0));
  lock.unlock();
  deliver(std::move(answers), executor_);
  return drained;
}

}  // namespace ductape::inline v0::pipeline
