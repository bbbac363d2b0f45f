// SPDX-License-Identifier: Apache-2.0
// A group's `dedup` window: who may handle an id, and what is remembered of it.
#include "src/pipeline/attempt.h"
#include "src/pipeline/message_id.h"

namespace ductape::inline v0::detail {

using namespace driver;
using State = pipeline::Held::State;
using Standing = model::HandledIds::Standing;

namespace {

std::string window_of(const pipeline::SubscriptionPlan& plan) {
  const auto& route = *plan.place.route;
  return route.product + "/" + route.env + "/" + route.event + "/" + plan.group.name;
}

std::uint64_t new_owner() {
  // SQLite's numbers have 63 bits; 0 means handled.
  return 1 + static_cast<std::uint64_t>(pipeline::random_unit() * 9e18);
}

}  // namespace

bool SubscriptionCore::may_handle(Attempt& attempt) {
  if (!plan_.handled_ids) return true;
  const auto owner = new_owner();
  const auto now = runtime_.wall();
  const auto standing = plan_.handled_ids->take(window_of(plan_), attempt.id, owner, now, now + plan_.lease);
  if (!standing || *standing != Standing::ours) {
    if (!standing) {
      Lock lock(mutex_);
      untaken_ = standing.error();
    }
    turn_away(attempt, standing ? *standing : Standing::taken);
    return false;
  }
  attempt.reservation = owner;
  Lock lock(mutex_);
  if (attempt.held.generation == attempt.generation) attempt.held.reservation = owner;
  return true;
}

// Before the ack: a crash between the two brings a message back that is then known. A store that cannot remember takes
// nothing away from the message, so its ack goes on.
void SubscriptionCore::remember(const Attempt& attempt, Outcome outcome) {
  const auto window = window_of(plan_);
  const auto now = runtime_.wall();
  const auto done = outcome == Outcome::ack
                        ? plan_.handled_ids->handled(window, attempt.id, now, now + plan_.group.retry.dedup)
                        : plan_.handled_ids->give_up(window, attempt.id, attempt.reservation);
  if (done) return;
  Lock lock(mutex_);
  untaken_ = done.error();
}

// No handler saw it. What was handled is done; what another handles now is looked at again soon, in its place.
void SubscriptionCore::turn_away(const Attempt& attempt, Standing standing) {
  constexpr Millis look_again(1'000);
  Lock lock(mutex_);
  Held& held = attempt.held;
  if (held.generation != attempt.generation || (held.state != State::running && held.state != State::lost)) return;
  --running_;
  --stats_.delivered;
  outcome_of_suspect(held);
  if (held.state == State::lost) {
    forget(held);
  } else if (standing == Standing::handled) {
    ++stats_.repeated;
    send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::ack});
  } else if (closing_) {
    send_back(held, {.tag = held.delivered.tag, .verdict = Verdict::give_back});
  } else {
    park(held, look_again);
  }
  update_window();
  flush(*held.source);
  finish_if_done();
  if (closing_) changed_.notify_all();
}

void SubscriptionCore::keep_reserved(const std::vector<std::pair<std::string, std::uint64_t>>& ids) {
  const auto now = runtime_.wall();
  for (const auto& [id, owner] : ids)
    (void)plan_.handled_ids->take(window_of(plan_), id, owner, now, now + plan_.lease);
}

}  // namespace ductape::inline v0::detail
