// SPDX-License-Identifier: Apache-2.0
// How deliveries leave a member: settled, given up, taken back.
#include "providers/local/errors.h"
#include "providers/local/place.h"
#include "providers/local/placing.h"
#include "providers/local/publisher.h"
#include "providers/local/staged.h"
#include "providers/local/standing.h"

namespace ductape::inline v0::local {
using std::chrono::nanoseconds;

void Member::leave_grant(const Held& held, Leaving& leaving) {
  grants_.at(held.grant).set(held.waiter.pos, true);
  leaving.grants.insert(held.grant);
  leaving.bits.emplace_back(held.grant, held.waiter.pos);
}

void Member::done(Cycle& cycle, const Held& held, Leaving& leaving) {
  if (owns(held.waiter.pos)) cycle.tables.log.remove_at(held.waiter.pos);
  if (held.grant != 0) return leave_grant(held, leaving);
  cycle.tables.waiting.remove(group_, held.waiter.pos);
  if (held.waiter.key) leaving.keys.insert(*held.waiter.key);
}

bool Member::owns(std::int64_t pos) const { return reads_dead_letters() || topic_of(pos) != topic_.id; }

Error Member::finish(Cycle& cycle, const Held& held, const driver::Record* moved, Leaving& leaving) {
  if (moved) {
    if (auto refused = refusal(*moved)) return refused;
    if (auto placed = put(cycle, *moved, counted_, owns(held.waiter.pos) ? held.waiter.pos : 0); placed.error)
      return placed.error;
  } else if (reads_dead_letters()) {
    cycle.tables.groups.add_lost(counted_, 1);  // a purge
  }
  done(cycle, held, leaving);
  return {};
}

void Member::let_wait(Cycle& cycle, const Held& held, std::int64_t due, Leaving& leaving) {
  cycle.touched |= WakeFile::bit(topic_.id);
  if (held.grant != 0) {
    leave_grant(held, leaving);
    return cycle.tables.waiting.add(group_, held.waiter, nobody, due);
  }
  cycle.tables.waiting.put_back(group_, held.waiter, due);
  if (held.waiter.key) leaving.keys.insert(*held.waiter.key);
}

void Member::store(Cycle& cycle, const Leaving& leaving) {
  for (const auto first : leaving.grants) {
    const auto& grant = grants_.at(first);
    if (grant.open() == 0)
      cycle.tables.grants.remove(group_, first);
    else
      cycle.tables.grants.update(group_, grant);
  }
  for (const auto key : leaving.keys)
    if (cycle.tables.waiting.arrange(group_, key)) cycle.touched |= WakeFile::bit(topic_.id);
}

void Member::forget_done(const Leaving& leaving) {
  for (const auto first : leaving.grants)
    if (const auto grant = grants_.find(first); grant != grants_.end() && grant->second.open() == 0)
      grants_.erase(grant);
}

void Member::restore(Leaving& leaving) {
  for (const auto& [first, pos] : leaving.bits) grants_.at(first).set(pos, false);
  leaving = {};
}

void Member::settle(Cycle& cycle, std::span<const driver::Settle> outcomes, Settling& settling) {
  const bool member = member_ != 0 && cycle.tables.members.until(member_).has_value();
  for (const auto& outcome : outcomes) {
    const auto found = held_.find(outcome.tag);
    if (!member || found == held_.end()) {
      settling.results.push_back(
          {outcome.tag,
           failure(Errc::lost, "group " + spec_.group + " of " + spec_.native +
                                   " no longer waits for this outcome: the delivery's lease ran out, or it "
                                   "was settled before")});
      continue;
    }
    auto held = found->second;
    switch (outcome.verdict) {
      case driver::Verdict::ack:
        if (auto refused = finish(cycle, held, outcome.moved, settling.leaving)) {
          settling.results.push_back({outcome.tag, std::move(refused)});
          continue;
        }
        break;
      case driver::Verdict::retry:
        held.waiter.failures = outcome.failures;
        held.waiter.first_failure = duration_cast<nanoseconds>(outcome.first_failure.time_since_epoch()).count();
        let_wait(cycle, held, cycle.wall + outcome.delay.count(), settling.leaving);
        break;
      case driver::Verdict::give_back:
        --held.waiter.deliveries;
        let_wait(cycle, held, 0, settling.leaving);
        break;
    }
    settling.taken.emplace_back(outcome.tag, found->second);
    drop(outcome.tag);
    settling.results.push_back({outcome.tag, {}});
  }
  store(cycle, settling.leaving);
  look_at_ = {};
}

void Member::forget_done(const Settling& settling) { forget_done(settling.leaving); }

void Member::settled(Settling& settling) {
  gate.with([&](driver::ConsumeSink& sink) { sink.settled(settling.results); });
}

void Member::unsettle(Settling& settling) {
  restore(settling.leaving);
  for (auto& [tag, held] : settling.taken) {
    ++window_messages_, window_bytes_ += held.bytes;
    held_.emplace(tag, held);
  }
  settling = {};
}

void Member::give_up(std::span<const driver::Settle> outcomes, const Error& why) {
  std::vector<driver::Settled> results;
  for (const auto& outcome : outcomes) {
    results.push_back({outcome.tag, why});
    const auto held = held_.find(outcome.tag);
    if (held == held_.end()) continue;
    orphans_.push_back(held->second);
    drop(outcome.tag);
  }
  gate.with([&](driver::ConsumeSink& sink) { sink.settled(results); });
}

Error Member::seek(Cycle& cycle, std::string_view to, Sought& sought) {
  auto& tables = cycle.tables;
  if (spec_.dead)
    return failure(Errc::unsupported, spec_.native + ": dead letters are read from the oldest on, nowhere else");
  auto start = find_start(tables.log, topic_, to);
  if (!start) return start.error();
  const auto group = tables.groups.find(group_);
  if (!group || !tables.members.until(member_))
    return failure(Errc::lost, "group " + spec_.group + " of " + spec_.native + ": this member's lease ran out",
                   "seek again");
  restart(tables, topic_, spec_.main, spec_.group, *group, *start);
  // The others find their rows gone: what they hold is lost to them, and they join again.
  tables.members.remove_but(group_, member_);
  if (group->active != member_) tables.groups.activate(group_, 0);
  cycle.touched |= WakeFile::bit(topic_.id);
  sought = {
      .held = std::exchange(held_, {}), .grants = std::exchange(grants_, {}), .orphans = std::exchange(orphans_, {})};
  window_messages_ = window_bytes_ = 0;
  look_at_ = {};
  return {};
}

void Member::sought(Sought& sought) {
  std::vector<driver::Tag> tags;
  for (const auto& [tag, held] : sought.held) tags.push_back(tag);
  if (tags.empty()) return;
  gate.with([&](driver::ConsumeSink& sink) {
    sink.lost(tags, failure(Errc::lost, "group " + spec_.group + " of " + spec_.native + " was sent elsewhere (seek)"));
  });
}

void Member::unseek(Sought& sought) {
  for (const auto& [tag, held] : sought.held) ++window_messages_, window_bytes_ += held.bytes;
  held_.merge(sought.held);
  grants_.merge(sought.grants);
  orphans_.insert(orphans_.end(), sought.orphans.begin(), sought.orphans.end());
  sought = {};
}

}  // namespace ductape::inline v0::local
