// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/inspect.h"

namespace ductape::inline v0::nats {
namespace {

using State = driver::GroupState;

std::uint64_t sum(const Json& counts) {
  std::uint64_t all = 0;
  if (counts.is_object())
    for (const auto& [subject, count] : counts.items()) all += count.get<std::uint64_t>();
  return all;
}

void count_dead(const std::shared_ptr<Link>& link, const Place& dead, driver::Done<std::uint64_t> done) {
  ask_jetstream(*link, "STREAM.INFO." + dead.stream, {{"subjects_filter", dead.subject}}, "stream " + dead.stream,
                [done = std::move(done)](const Result<Json>& info) {
                  if (!info) return done(info.error());
                  done(sum(info->at("state").value("subjects", Json())));
                });
}

struct Counted {
  std::uint64_t pending = 0, unsettled = 0;
};

// What JetStream counts as waiting for an ack are also those that wait for their next attempt.
void count_consumer(const std::shared_ptr<Link>& link, const Place& place, driver::Done<Counted> done) {
  ask_jetstream(*link, "CONSUMER.INFO." + place.stream + '.' + place.consumer, {},
                "group " + place.group + " of " + place.topic, [done = std::move(done)](const Result<Json>& info) {
                  if (!info) return done(info.error());
                  done(Counted{info->value("num_pending", 0ull), info->value("num_ack_pending", 0ull)});
                });
}

State state_of(const Counted& counted) {
  State state;
  state.waiting = counted.pending;
  state.in_flight = counted.unsettled;
  state.lag = counted.pending + counted.unsettled;
  return state;
}

void inspect_dead(const std::shared_ptr<Link>& link, const std::shared_ptr<DeadLetterReaders>& readers,
                  const Place& dead, driver::Done<State> done) {
  const auto key = owner_subject(dead);
  count_dead(link, dead, [=, done = std::move(done)](const Result<std::uint64_t>& total) {
    if (!total) return done(total.error());
    const auto told = [total = *total, done](std::uint64_t in_flight) {
      State state;
      state.lag = total;
      state.in_flight = std::min(in_flight, total);
      state.waiting = total - *state.in_flight;
      done(state);
    };
    if (const auto here = readers->in_hand_here(key)) return told(*here);
    ask_jetstream(*link, "STREAM.MSG.GET.KV_" + owner_bucket(dead), {{"last_by_subj", key}}, "owner of " + key,
                  [=, total = *total](const Result<Json>& owner) {
                    // Its reader may take any of them, so that none is free.
                    told(readers->elsewhere(key, owner, link->runtime().now()) ? total : 0);
                  });
  });
}

}  // namespace

void DeadLetterReaders::add(const std::shared_ptr<DeadLetterSession>& session, const Place& place) {
  std::lock_guard lock(mutex_);
  auto& all = sessions_[owner_subject(place)];
  std::erase_if(all, [](const auto& weak) { return weak.expired(); });
  all.push_back(session);
}

std::optional<std::uint64_t> DeadLetterReaders::in_hand_here(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return std::nullopt;
  for (const auto& weak : found->second)
    if (const auto session = weak.lock(); session && session->owns()) return session->in_hand();
  return std::nullopt;
}

bool DeadLetterReaders::elsewhere(const std::string& key, const Result<Json>& owner, driver::Deadline now) {
  std::lock_guard lock(mutex_);
  auto& watch = watches_[key];
  return see_owner(watch, owner, now) && !watch.free() && !watch.over(now);
}

void inspect(std::shared_ptr<Link> link, std::shared_ptr<DeadLetterReaders> readers, const Place& place,
             const std::string& group, driver::Done<State> done) {
  if (place.role == driver::Role::dead_letter) return inspect_dead(link, readers, place, std::move(done));
  if (place.role == driver::Role::retry)
    return count_consumer(link, place, [done = std::move(done)](const Result<Counted>& counted) {
      counted ? done(state_of(*counted)) : done(counted.error());
    });
  const auto main = place_of_group(place, driver::Role::main, group);
  const auto retry = place_of_group(place, driver::Role::retry, group);
  const auto dead = place_of_group(place, driver::Role::dead_letter, group);
  count_consumer(link, main, [=, done = std::move(done)](const Result<Counted>& first) {
    if (!first) return done(first.error());
    count_consumer(link, retry, [=, both = *first](const Result<Counted>& second) mutable {
      if (!second && second.error().code != Errc::not_found) return done(second.error());
      if (second) both = {both.pending + second->pending, both.unsettled + second->unsettled};
      count_dead(link, dead, [=](const Result<std::uint64_t>& letters) {
        if (!letters) return done(letters.error());
        auto state = state_of(both);
        state.dead = *letters;
        done(state);
      });
    });
  });
}

}  // namespace ductape::inline v0::nats
