// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/group.h"

#include <algorithm>

namespace ductape::inline v0::memory {

using driver::Deadline;

// A body that is larger than the whole window still goes, alone; else it would never go.
bool Group::has_room(const Member& member, std::size_t bytes) {
  if (member.retired || member.credit_bytes == 0 || member.held >= member.credit_messages) return false;
  return member.held == 0 || member.held_bytes + bytes <= member.credit_bytes;
}

Group::Rows::iterator Group::next_for(const Member& member, Rows::iterator from) {
  return std::find_if(from, ready_.end(), [&](const auto& row) {
    const auto key = key_of(row.second);
    if (key.empty()) return true;
    const auto lock = locks_.find(key);
    const auto parked = parked_keys_.find(key);
    const bool other_holds = lock != locks_.end() && lock->second.holder != member.id;
    const bool earlier_waits = parked != parked_keys_.end() && *parked->second.begin() < row.first;
    return !other_holds && !earlier_waits;
  });
}

Group::Rows::iterator Group::next_for(const Member& member, const Faults& faults) {
  const auto first = next_for(member, ready_.begin());
  if (first == ready_.end() || !faults.reorder || first->second.overtaken) return first;
  const auto second = next_for(member, std::next(first));
  if (second == ready_.end()) return first;
  const auto key = key_of(first->second);
  return !key.empty() && key == key_of(second->second) ? first : second;
}

std::map<MemberId, std::vector<Handed>> Group::hand_out(Deadline now, Faults& faults, driver::Tag& last_tag) {
  wake(now);
  std::map<MemberId, std::vector<Handed>> out;
  const std::size_t count = mode_ == driver::GroupSpec::exclusive ? std::min<std::size_t>(1, members_.size())  //
                                                                  : members_.size();
  for (std::size_t idle = 0; idle < count && !ready_.empty();) {
    Member& member = members_[turn_++ % count];
    const auto next = next_for(member, faults);
    if (next == ready_.end() || !has_room(member, next->second.message->body.size())) {
      ++idle;
      continue;
    }
    idle = 0;
    if (const auto first = next_for(member, ready_.begin()); first != next) first->second.overtaken = true;
    Row row = std::move(ready_.extract(next).mapped());
    if (row.deliveries == 0 && faults.duplicate_every > 0) row.again = ++faults.handed % faults.duplicate_every == 0;
    const driver::Tag tag = ++last_tag;
    out[member.id].push_back({.tag = tag,
                              .message = row.message,
                              .deliveries = row.deliveries + 1,
                              .failures = row.failures,
                              .first_failure = row.first_failure,
                              .lease = now + member.lease,
                              .own = row.own});
    lease_to(member, std::move(row), now, tag);
  }
  return out;
}

}  // namespace ductape::inline v0::memory
