// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/group.h"

#include <algorithm>
#include <limits>

namespace ductape::inline v0::memory {

using driver::Deadline;
using driver::Tag;
using driver::Verdict;

std::string_view Group::key_of(const Row& row) const { return ordered_ ? row.message->key : std::string_view{}; }

Group::Member* Group::find(MemberId member) {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.id == member; });
  return found == members_.end() ? nullptr : &*found;
}

void Group::add(MessagePtr message, Deadline now, Deadline due, bool own) {
  put({.message = std::move(message), .own = own}, now, due);
}

bool Group::has_own(std::string_view id, Tag but) const {
  const auto same = [&](const auto& entry) { return entry.second.own && entry.second.message->id == id; };
  return std::any_of(ready_.begin(), ready_.end(), same) || std::any_of(parked_.begin(), parked_.end(), same) ||
         std::any_of(leased_.begin(), leased_.end(),
                     [&](const auto& entry) { return entry.first != but && same(entry); });
}

void Group::put(Row row, Deadline now, Deadline due) {
  const auto sequence = row.message->sequence;
  if (due <= now) {
    ready_.emplace(sequence, std::move(row));
    return;
  }
  if (const auto key = key_of(row); !key.empty()) parked_keys_[std::string(key)].insert(sequence);
  parked_.emplace(std::pair{due, sequence}, std::move(row));
}

void Group::wake(Deadline now) {
  while (!parked_.empty() && parked_.begin()->first.first <= now) {
    auto row = unpark(parked_.begin());
    const auto sequence = row.message->sequence;
    ready_.emplace(sequence, std::move(row));
  }
}

Group::Row Group::unpark(Parked::iterator parked) {
  auto row = parked_.extract(parked);
  if (const auto keys = parked_keys_.find(key_of(row.mapped())); keys != parked_keys_.end()) {
    keys->second.erase(row.key().second);
    if (keys->second.empty()) parked_keys_.erase(keys);
  }
  return std::move(row.mapped());
}

void Group::join(MemberId member, driver::Millis lease) { members_.push_back({.id = member, .lease = lease}); }

void Group::credit(MemberId member, std::size_t messages, std::size_t bytes) {
  if (auto* m = find(member)) m->credit_messages = messages, m->credit_bytes = bytes;
}

void Group::retire(MemberId member) {
  if (auto* m = find(member)) m->retired = true;
}

void Group::leave(MemberId member, Deadline now, bool clean) {
  for (auto leased = leased_.begin(); leased != leased_.end();) {
    if (leased->second.holder != member) {
      ++leased;
      continue;
    }
    auto row = take_back(leased++);
    if (clean) --row.deliveries;
    put(std::move(row), now, now);
  }
  std::erase_if(members_, [&](const Member& m) { return m.id == member; });
}

std::vector<MemberId> Group::members() const {
  std::vector<MemberId> ids;
  for (const auto& member : members_) ids.push_back(member.id);
  return ids;
}

std::size_t Group::held(MemberId member) const {
  const auto* found = const_cast<Group*>(this)->find(member);
  return found ? found->held : 0;
}

bool Group::holds(MemberId member, Tag tag) const {
  const auto leased = leased_.find(tag);
  return leased != leased_.end() && leased->second.holder == member;
}

void Group::lease_to(Member& member, Row row, Deadline now, Tag tag) {
  ++row.deliveries;
  row.holder = member.id;
  row.lease = now + member.lease;
  ++member.held;
  member.held_bytes += row.message->body.size();
  if (const auto key = key_of(row); !key.empty()) {
    auto& lock = locks_[std::string(key)];
    lock.holder = member.id;
    ++lock.held;
  }
  leases_.insert({row.lease, tag});
  leased_.emplace(tag, std::move(row));
}

Group::Row Group::take_back(Leased::iterator leased) {
  Row row = std::move(leased->second);
  leases_.erase({row.lease, leased->first});
  leased_.erase(leased);
  if (auto* member = find(row.holder)) {
    --member->held;
    member->held_bytes -= row.message->body.size();
  }
  if (const auto lock = locks_.find(key_of(row)); lock != locks_.end() && --lock->second.held == 0) locks_.erase(lock);
  row.holder = 0;
  return row;
}

bool Group::settle(MemberId member, const driver::Settle& outcome, Deadline now, driver::Millis extra_delay) {
  if (!holds(member, outcome.tag)) return false;
  Row row = take_back(leased_.find(outcome.tag));
  switch (outcome.verdict) {
    case Verdict::ack:
      if (row.again && outcome.moved == nullptr) {
        row.again = false;
        put(std::move(row), now, now + extra_delay);
      } else if (outcome.moved == nullptr) {
        row.own ? void(++done_before_) : void(done_.insert(row.message->sequence));
      }
      break;
    case Verdict::retry:
      row.failures = outcome.failures;
      row.first_failure = outcome.first_failure;
      put(std::move(row), now, now + outcome.delay + extra_delay);
      break;
    case Verdict::give_back:
      --row.deliveries;
      put(std::move(row), now, now + extra_delay);
      break;
  }
  return true;
}

void Group::extend(MemberId member, Tag tag, Deadline until) {
  if (!holds(member, tag)) return;
  auto& row = leased_.find(tag)->second;
  leases_.erase({row.lease, tag});
  row.lease = until;
  leases_.insert({until, tag});
}

Group::Tags Group::expire(Deadline now, bool all) {
  Tags lost;
  while (!leases_.empty() && (all || leases_.begin()->first <= now)) {
    const auto leased = leased_.find(leases_.begin()->second);
    lost[leased->second.holder].push_back(leased->first);
    put(take_back(leased), now, now);
  }
  return lost;
}

std::optional<Deadline> Group::next_event() const {
  std::optional<Deadline> next;
  if (!parked_.empty()) next = parked_.begin()->first.first;
  if (!leases_.empty()) next = std::min(next.value_or(Deadline::max()), leases_.begin()->first);
  return next;
}

Group::Tags Group::seek(const Start& start, const std::vector<MessagePtr>& log, Deadline now) {
  Tags lost;
  std::vector<Row> keep;
  const auto sort = [&](Row& row) {
    const bool skipped = row.own ? row.message->accepted < start.since : row.message->sequence < start.sequence;
    if (skipped)
      ++lost_;
    else if (row.own)
      keep.push_back(std::move(row));
  };
  while (!leased_.empty()) {
    lost[leased_.begin()->second.holder].push_back(leased_.begin()->first);
    auto row = take_back(leased_.begin());
    sort(row);
  }
  for (auto& [_, row] : ready_) sort(row);
  for (auto& [_, row] : parked_) sort(row);
  ready_.clear();
  parked_.clear();
  parked_keys_.clear();
  for (auto& row : keep) put(std::move(row), now, now);

  done_.erase(done_.lower_bound(start.sequence), done_.end());
  for (const auto& message : log)
    if (message->sequence >= start.sequence) add(message, now, now);
  return lost;
}

std::uint64_t Group::first_unfinished() const {
  auto first = std::numeric_limits<std::uint64_t>::max();
  const auto look = [&](const auto& rows) {
    for (const auto& entry : rows)
      if (!entry.second.own) first = std::min(first, entry.second.message->sequence);
  };
  look(ready_), look(parked_), look(leased_);
  return first;
}

void Group::forget(std::uint64_t sequence) {
  const auto finished = done_.upper_bound(sequence);
  done_before_ += static_cast<std::uint64_t>(std::distance(done_.begin(), finished));
  done_.erase(done_.begin(), finished);
  const auto gone = [&](const Row& row) { return !row.own && row.message->sequence <= sequence; };
  std::uint64_t lost = 0;
  for (auto row = ready_.begin(); row != ready_.end();)
    row = gone(row->second) ? (++lost, ready_.erase(row)) : std::next(row);
  for (auto row = parked_.begin(); row != parked_.end();) {
    const auto here = row++;
    if (gone(here->second)) ++lost, unpark(here);
  }
  lost_ += lost;
  gap_ += lost;
}

driver::GroupState Group::state(driver::WallTime now) const {
  driver::WallTime oldest = now;
  const auto look = [&](const auto& rows) {
    for (const auto& entry : rows) oldest = std::min(oldest, entry.second.message->accepted);
  };
  look(ready_), look(parked_), look(leased_);
  const auto waits_again = std::count_if(parked_.begin(), parked_.end(), [](const auto& entry) {  //
    return entry.second.failures > 0;
  });
  driver::GroupState state{.waiting = ready_.size() + parked_.size(), .in_flight = leased_.size()};
  state.done = done_.size() + done_before_;
  state.data_loss = lost_;
  state.parked = static_cast<std::uint64_t>(waits_again);
  state.lag = *state.waiting + *state.in_flight;
  if (*state.lag > 0) state.oldest = std::chrono::duration_cast<driver::Millis>(now - oldest);
  return state;
}

}  // namespace ductape::inline v0::memory
