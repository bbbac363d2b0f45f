// SPDX-License-Identifier: Apache-2.0
// Whether messages really come, what is done if they do not, and what is said about it.
#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0::detail {

using namespace driver;

void SubscriptionCore::tell(Notice::Kind kind, std::string_view id, std::string text, std::uint64_t messages) {
  if (!plan_.notice) return;
  runtime_.post([self = shared_from_this(), notice = Notice{.kind = kind,
                                                            .event = route().event,
                                                            .group = plan_.group.name,
                                                            .id = std::string(id),
                                                            .messages = messages,
                                                            .text = std::move(text)}] { self->plan_.notice(notice); });
}

void SubscriptionCore::count_lost(const Held& held, std::string why) {
  ++stats_.lost;
  tell(Notice::Kind::lost, held.id, std::move(why));
}

void SubscriptionCore::arm_watch() {
  watch_ = runtime_.at(runtime_.now() + policy::FetchWatch::period, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch();
  });
}

void SubscriptionCore::watch() {
  std::vector<Source*> suspicious;
  {
    Lock lock(mutex_);
    watch_ = 0;
    if (closing_ || over_) return;
    for (auto& source : sources_) {
      if (!source->session || source->ended_already || source->leaving || source->superseded || source->asking)
        continue;
      if (!source->watch.suspicious(runtime_.now(), hungry(*source))) continue;
      source->asking = true;
      suspicious.push_back(source.get());
    }
    arm_watch();
  }
  for (auto* source : suspicious) ask_what_waits(*source);
}

// Whether it would have got whatever is ready. An ordered group's messages may be behind a key that another member
// holds, an exclusive one's belong to the active member, those of a log to the owner of their partition: there only
// silence tells.
bool SubscriptionCore::hungry(const Source& source) const {
  return plan_.group.mode == Mode::shared && !route().ordered && source.window > 0 && source.held.empty() &&
         source.place->route->capabilities.lease != Lease::none;
}

void SubscriptionCore::ask_what_waits(Source& source) {
  source.place->route->connection->driver().inspect(
      source.address(), plan_.group.name,
      [weak = weak_from_this(), &source, asked = runtime_.now()](Result<GroupState> state) {
        const auto self = weak.lock();
        if (!self) return;
        Lock lock(self->mutex_);
        source.asking = false;
        // A server that took so long was silent itself; that its session was is no wonder.
        if (self->runtime_.now() - asked < policy::FetchWatch::period) self->replace_if_broken(source, state);
      });
}

// Without an answer it is the server that is silent, and a new session would be too.
void SubscriptionCore::replace_if_broken(Source& source, const Result<GroupState>& state) {
  if (!state || closing_ || !source.session || source.ended_already) return;
  const auto waiting = state->waiting.value_or(0), parked = state->parked.value_or(0);
  // The members of a log wait for one that is gone.
  const bool costly = source.place->route->capabilities.lease == Lease::none;
  if (!source.watch.broken(runtime_.now(), hungry(source), costly, waiting - std::min(waiting, parked))) return;
  tell(Notice::Kind::rebuilt, {},
       "group " + plan_.group.name + " got nothing for " +
           std::to_string(policy::FetchWatch::patience / std::chrono::seconds(1)) + " s while " +
           std::to_string(waiting) + " messages waited; its session is replaced");
  source.asking = true;  // there is nothing more to ask about this one
  source.session->stop(runtime_.now());
}

void SubscriptionCore::acknowledge_gap() {
  Lock lock(mutex_);
  gap_known_ = true;
}

HealthItem SubscriptionCore::health() const {
  Lock lock(mutex_);
  HealthItem item{.what = "group " + plan_.group.name + " of " + route().event + " in " + route().env};
  const auto is = [&](HealthState state, std::string reason) {
    if (state <= item.state) return;
    item.state = state;
    item.reason = std::move(reason);
  };
  const auto now = runtime_.now();
  if (failure_) is(HealthState::red, "it ended: " + failure_.message);
  for (const auto& source : sources_) {
    if (source->leaving || source->superseded) continue;
    item.last_answer = std::max(item.last_answer.value_or(Deadline{}), source->watch.last_answer());
    if (over_ || closing_) continue;
    const auto why = source->trouble ? ": " + source->trouble.message : ": look whether the server is stopped";
    if (source->watch.dead(now))
      is(HealthState::red, "nothing came back from " + source->address().native + " for " +
                               std::to_string((now - source->watch.last_answer()) / std::chrono::seconds(1)) + " s" +
                               why);
    else if (source->trouble)
      is(HealthState::degraded, "its session is made again" + why);
  }
  if (untaken_) is(HealthState::red, "an outcome cannot be stored and is tried again: " + untaken_.message);
  if (!gap_known_)
    is(HealthState::red,
       std::to_string(stats_.gap) +
           " messages were removed before it had them: lengthen `retention`, then acknowledge the gap");
  if (parked_full())
    is(HealthState::degraded, "parked_full: " + std::to_string(parked_) +
                                  " messages wait for their next attempt; mend the handler, or raise `max_parked`");
  return item;
}

}  // namespace ductape::inline v0::detail
