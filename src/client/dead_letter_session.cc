// SPDX-License-Identifier: Apache-2.0
#include "src/client/dead_letter_session.h"

#include <algorithm>
#include <limits>

#include "src/pipeline/message_id.h"
#include "src/pipeline/waiting.h"

namespace ductape::inline v0::client {
namespace {

using namespace std::chrono_literals;
using namespace driver;

constexpr Millis lease = 10s;
constexpr Millis patience_with_settling = 30s;
constexpr Millis look_again = 100ms;
/// Longer than the lease of a killed process.
constexpr Millis patience_with_others = 15s;

}  // namespace

Result<std::shared_ptr<DeadLetterSession>> DeadLetterSession::open(detail::ClientCore& client,
                                                                   const pipeline::Route& route,
                                                                   std::string_view group) {
  auto from = route.connection->driver().address(route.spec(), Role::dead_letter, group);
  if (!from) return std::move(from).error();
  std::shared_ptr<DeadLetterSession> session(
      new DeadLetterSession(client, route, std::move(*from), std::string(group)));
  const auto there = session->left(0);
  if (!there) return there.error();
  session->total_ = there->free + there->elsewhere;
  return session;
}

DeadLetterSession::DeadLetterSession(detail::ClientCore& client, const pipeline::Route& route, Address from,
                                     std::string group)
    : client_(client), route_(route), from_(std::move(from)), group_(std::move(group)) {}

Result<DeadLetterSession::Left> DeadLetterSession::left(std::size_t held) {
  auto state = client_.await<GroupState>(
      route_.provider + " counted the dead letters of group " + group_,
      [&](auto done) { route_.connection->driver().inspect(from_, group_, std::move(done)); });
  if (!state) return std::move(state).error();
  const auto out = state->in_flight.value_or(0);
  return Left{.free = state->waiting.value_or(0), .elsewhere = out > held ? out - held : 0};
}

// Those in other hands are older than what is free, or of the same age: taken first, the free ones would overtake them.
Result<void> DeadLetterSession::wait_for_others() {
  auto& runtime = client_.runtime();
  auto give_up = runtime.now() + patience_with_others;
  for (auto before = std::numeric_limits<std::uint64_t>::max();;) {
    const auto there = left(0);
    if (!there) return there.error();
    if (there->elsewhere == 0) return {};
    if (there->elsewhere < before) give_up = runtime.now() + patience_with_others;
    before = there->elsewhere;
    if (runtime.now() >= give_up) return busy(there->elsewhere);
    Lock lock(mutex_);
    pipeline::wait_until(runtime, shared_from_this(), lock, changed_, runtime.now() + look_again, [] { return false; });
  }
}

Error DeadLetterSession::busy(std::uint64_t elsewhere) const {
  return {.code = Errc::conflict,
          .message = std::to_string(elsewhere) + " dead letters of group " + group_ + " of " + route_.event +
                     " are in the hands of another call",
          .hint = "wait until it ends, then run this again",
          .provider = route_.provider};
}

Result<std::vector<const Delivered*>> DeadLetterSession::next(std::size_t most) {
  Lock lock(mutex_);
  if (total_ == 0) return std::vector<const Delivered*>();
  auto& runtime = client_.runtime();
  if (!session_) {
    lock.unlock();
    if (auto alone = wait_for_others(); !alone) return std::move(alone).error();
    lock.lock();
    const std::string member(pipeline::MessageId(runtime.wall()).text());
    session_ = route_.connection->driver().consumer(from_, {.name = group_, .member = member}, lease, *this);
  }
  session_->credit(held_.size() - arrived_.size() + most, std::numeric_limits<std::size_t>::max());
  auto give_up = runtime.now() + patience_with_others;
  std::uint64_t elsewhere_before = std::numeric_limits<std::uint64_t>::max();
  for (;;) {
    const auto before = arrived_.size();
    pipeline::wait_until(runtime, shared_from_this(), lock, changed_, runtime.now() + look_again,
                         [&] { return arrived_.size() >= most || ended_; });
    if (ended_) return failure_;
    if (arrived_.size() >= most) break;
    if (arrived_.size() > before) continue;
    const auto held = held_.size();
    lock.unlock();
    const auto there = left(held);
    lock.lock();
    if (!there) return there.error();
    if (held_.size() != held) continue;
    if (there->free == 0 && there->elsewhere == 0) break;
    if (there->elsewhere < elsewhere_before || there->free > 0) give_up = runtime.now() + patience_with_others;
    elsewhere_before = there->elsewhere;
    if (runtime.now() >= give_up) return busy(there->elsewhere);
  }
  const auto count = std::min(most, arrived_.size());
  const auto end = arrived_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<const Delivered*> taken(arrived_.begin(), end);
  arrived_.erase(arrived_.begin(), end);
  return taken;
}

Result<void> DeadLetterSession::settle(std::span<const Settle> outcomes, const std::function<void(Tag)>& taken) {
  if (outcomes.empty()) return {};
  Lock lock(mutex_);
  answers_.clear();
  session_->settle(outcomes);
  const auto answered = pipeline::wait_until(client_.runtime(), shared_from_this(), lock, changed_,
                                             client_.runtime().now() + patience_with_settling,
                                             [&] { return answers_.size() >= outcomes.size() || ended_; });
  Error first;
  for (const auto& outcome : outcomes) {
    const auto answer = std::ranges::find(answers_, outcome.tag, &Settled::tag);
    if (answer == answers_.end()) continue;
    if (answer->error) {
      if (!first) first = answer->error;
      continue;
    }
    taken(outcome.tag);
    held_.erase(outcome.tag);
  }
  if (first) return first;
  if (!answered)
    return Error{.code = Errc::timed_out,
                 .message = route_.provider + " did not say within 30 s whether it took the outcome of dead letters",
                 .provider = route_.provider};
  if (answers_.size() < outcomes.size()) return failure_;
  return {};
}

Result<void> DeadLetterSession::sleep_until(Deadline when) {
  Lock lock(mutex_);
  pipeline::wait_until(client_.runtime(), shared_from_this(), lock, changed_, when, [&] { return ended_; });
  if (ended_) return failure_;
  return {};
}

void DeadLetterSession::close() {
  Lock lock(mutex_);
  if (renewal_ != 0) client_.runtime().cancel(std::exchange(renewal_, 0));
  if (!session_) return;
  give_back_all(lock);
  if (!ended_) session_->stop(client_.runtime().now());
  changed_.wait(lock, [&] { return ended_; });
  auto session = std::move(session_);
  lock.unlock();
  session.reset();
}

// A session that is stopped at once may end before what it had is free again; whoever reads next would miss that.
void DeadLetterSession::give_back_all(Lock& lock) {
  session_->credit(0, 0);
  std::vector<Settle> outcomes;
  for (const auto& [tag, message] : held_) outcomes.push_back({.tag = tag, .verdict = Verdict::give_back});
  if (outcomes.empty() || ended_) return;
  // The last one first: where what comes back goes to the front, that leaves them in their order.
  std::ranges::sort(outcomes, std::greater(), &Settle::tag);
  answers_.clear();
  session_->settle(outcomes);
  pipeline::wait_until(client_.runtime(), shared_from_this(), lock, changed_, client_.runtime().now() + lease,
                       [&] { return answers_.size() >= outcomes.size() || ended_; });
}

void DeadLetterSession::arm_renewal() {
  if (renewal_ != 0 || route_.capabilities.lease != Lease::renewable) return;
  renewal_ = client_.runtime().at(client_.runtime().now() + lease / 2, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    self->renewal_ = 0;
    if (self->ended_ || !self->session_ || self->held_.empty()) return;
    std::vector<Tag> tags;
    for (const auto& [tag, message] : self->held_) tags.push_back(tag);
    self->session_->extend(tags, lease);
    self->arm_renewal();
  });
}

void DeadLetterSession::delivered(std::span<Delivered> messages) {
  Lock lock(mutex_);
  for (auto& message : messages) {
    auto kept = std::make_unique<Delivered>(std::move(message));
    arrived_.push_back(kept.get());
    held_.emplace(kept->tag, std::move(kept));
  }
  arm_renewal();
  changed_.notify_all();
}

void DeadLetterSession::settled(std::span<const Settled> outcomes) {
  Lock lock(mutex_);
  answers_.insert(answers_.end(), outcomes.begin(), outcomes.end());
  changed_.notify_all();
}

// A scope that goes is answered at once: what lies in it is somebody else's now, and settling it will say so.
void DeadLetterSession::revoking(std::span<const std::uint32_t> scopes, Deadline) {
  Lock lock(mutex_);
  if (session_ && !ended_) session_->released(scopes);
}

void DeadLetterSession::lost(std::span<const Tag>, Error why) {
  Lock lock(mutex_);
  if (!failure_) failure_ = std::move(why);
}

void DeadLetterSession::ended(Error why) {
  Lock lock(mutex_);
  ended_ = true;
  if (why)
    failure_ = std::move(why);
  else if (!failure_)
    failure_ = {.code = Errc::closed, .message = "the client is closed"};
  changed_.notify_all();
}

}  // namespace ductape::inline v0::client
