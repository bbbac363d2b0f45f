// SPDX-License-Identifier: Apache-2.0
// How a member gets messages: what waits for a further hand-out first, then what is new.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "providers/local/envelope.h"
#include "providers/local/place.h"
#include "providers/local/staged.h"

namespace ductape::inline v0::local {
namespace {

constexpr std::size_t most_at_once = 1024, most_bytes_at_once = 4 << 20;
// One parcel's bytes stay while one of its messages is held: not too many of them.
constexpr std::size_t parcel_size = 64 << 10;
// How far members look past messages whose key another one holds. A slow key with more than that waiting holds the
// others up: the alternative is to read its backlog again and again.
constexpr std::int64_t most_behind = 4096;

std::string_view copy(std::pmr::memory_resource& memory, std::string_view text) {
  if (text.empty()) return {};
  auto* bytes = static_cast<char*>(memory.allocate(text.size(), 1));
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, text.size()};
}

std::string_view digits(std::pmr::memory_resource& memory, std::int64_t number) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return copy(memory, {text, static_cast<std::size_t>(end - text)});
}

}  // namespace

void Member::Staged::add(const Rows& row, Held held_now, driver::Deadline lease, bool apart) {
  if (!parcel || parcel->size >= parcel_size) parcel = std::make_shared<Parcel>();
  auto& memory = parcel->memory;
  const auto body = copy(memory, row.bytes(5));
  const auto meta = decode_meta(copy(memory, row.bytes(4)), memory);
  std::string_view id;
  if (row.is_blob(1)) {
    auto* text = static_cast<char*>(memory.allocate(36, 1));
    unpack_uuid(row.bytes(1), text);
    id = {text, 36};
  } else {
    id = copy(memory, row.bytes(1));
  }
  const auto number = digits(memory, offset_of(held_now.waiter.pos));
  const auto& waiter = held_now.waiter;
  std::optional<driver::WallTime> first_failure;
  if (waiter.first_failure != 0) first_failure.emplace(std::chrono::nanoseconds(waiter.first_failure));
  held_now.bytes = body.size();
  held_now.until = lease;
  parcel->size += body.size() + 256;
  bytes += body.size();
  delivered.push_back({.id = id,
                       .key = copy(memory, row.bytes(3)),
                       .native_id = number,
                       .position = apart ? std::string_view() : number,
                       .body = std::as_bytes(std::span(body)),
                       .attributes = meta.attributes,
                       .headers = meta.headers,
                       .deliveries = static_cast<std::uint32_t>(waiter.deliveries),
                       .failures = static_cast<std::uint32_t>(waiter.failures),
                       .first_failure = first_failure,
                       .published = driver::WallTime(std::chrono::milliseconds(row.integer(2))),
                       .lease = lease,
                       .bytes = parcel});
  held.push_back(held_now);
}

bool Member::claimed() const { return staged_ && !staged_->held.empty(); }

std::int64_t Member::room() const {
  const auto used = window_messages_ + staged_->held.size(), bytes = window_bytes_ + staged_->bytes;
  if (used >= credit_messages_ || bytes >= credit_bytes_) return 0;
  if (staged_->held.size() >= most_at_once || staged_->bytes >= most_bytes_at_once) return staged_->more = true, 0;
  return static_cast<std::int64_t>(std::min(credit_messages_ - used, most_at_once - staged_->held.size()));
}

void Member::claim(Cycle& cycle, Group& group) {
  if (!may_claim(cycle, group)) return;
  renew(cycle, true);
  claim_waiting(cycle, group, nobody);
  claim_waiting(cycle, group, reserved_for(staged_->member));
  topic_.ordered ? claim_new_in_order(cycle, group) : claim_new(cycle, group);
  // Messages that vanished (another program removed them) are told, not waited for.
  if (staged_->missing > 0) cycle.tables.groups.add_lost(counted_, static_cast<std::int64_t>(staged_->missing));
  plan_next_look(cycle, group);
  if (staged_->more) look_at_ = {};
}

// The cursor goes over offsets whose messages are gone. Only among what another reads from aside that is as it must be.
void Member::move_cursor(Cycle& cycle, const Group& group, std::int64_t to, std::int64_t found) {
  if (to <= group.cursor) return;
  const auto passed = to - group.cursor;
  if (!spec_.dead || reads_dead_letters()) staged_->missing += static_cast<std::uint64_t>(passed - found);
  cycle.tables.groups.move_cursor(group.id, to);
  if (!topic_.ordered) return;
  for (const auto key : cycle.tables.waiting.admit(group.id, to)) staged_->leaving.keys.insert(key);
}

bool Member::may_claim(Cycle& cycle, Group& group) {
  auto& members = cycle.tables.members;
  for (const auto expired : members.expired(group.id, cycle.wall)) {
    take_leave(cycle.tables, group, expired, false);
    if (group.active == expired) group.active = 0;
    cycle.touched |= WakeFile::bit(group.topic);
  }
  if (group.mode != driver::GroupSpec::exclusive || group.active == staged_->member) return true;
  if (group.active != 0 && members.until(group.active)) {
    plan_next_look(cycle, group);
    return false;
  }
  cycle.tables.groups.activate(group.id, staged_->member);
  return true;
}

void Member::claim_waiting(Cycle& cycle, const Group& group, std::int64_t owner) {
  auto& waiting = cycle.tables.waiting;
  if (room() == 0) return;
  for (const auto& head : waiting.due(group.id, owner, cycle.wall, room())) {
    if (room() == 0) break;
    if (head.key) staged_->leaving.keys.insert(*head.key);
    if (!hand_out(cycle, head) || !head.key) continue;
    // With its head the rest of the key may come too, as it comes to the same member, in order.
    for (const auto& follower : waiting.followers(group.id, *head.key, cycle.wall, room())) {
      if (room() == 0) break;
      hand_out(cycle, follower);
      cycle.touched |= WakeFile::bit(group.topic);  // room for others to look further
    }
  }
}

bool Member::hand_out(Cycle& cycle, Waiter waiter) {
  auto row = cycle.tables.log.at(waiter.pos);
  if (!row.next()) {
    cycle.tables.waiting.remove(group_, waiter.pos);
    if (!spec_.dead || reads_dead_letters()) ++staged_->missing;
    return false;
  }
  ++waiter.deliveries;
  cycle.tables.waiting.take(group_, waiter, staged_->member);
  staged_->add(row, {.waiter = waiter}, at(cycle, until()), topic_of(waiter.pos) != topic_.id);
  return true;
}

void Member::claim_new(Cycle& cycle, const Group& group) {
  if (room() == 0) return;
  const auto lease = at(cycle, until());
  const auto wanted = room();
  std::int64_t first = 0, last = position(topic_.id, group.cursor);
  std::vector<std::int64_t> found;
  {
    auto rows = cycle.tables.log.after(topic_.id, group.cursor, wanted);
    while (room() > 0 && rows.next()) {
      const auto pos = rows.integer(0);
      if (found.empty()) first = pos;
      last = pos;
      staged_->add(rows, {.waiter = {.pos = pos, .deliveries = 1}, .grant = first}, lease);
      found.push_back(pos);
    }
  }
  const auto count = static_cast<std::int64_t>(found.size());
  const bool all = room() > 0 && count < wanted;
  move_cursor(cycle, group, all ? cycle.tables.log.head(topic_) : offset_of(last), count);
  if (found.empty()) return;
  Grant grant(first, found.back());
  // Usually there is no hole between first and last.
  if (static_cast<std::size_t>(grant.last - grant.first + 1) != found.size()) {
    for (auto pos = grant.first; pos <= grant.last; ++pos)
      if (!std::ranges::binary_search(found, pos)) grant.set(pos, true);
  }
  cycle.tables.grants.add(group.id, grant, staged_->member);
  staged_->grants.push_back(std::move(grant));
}

void Member::claim_new_in_order(Cycle& cycle, const Group& group) {
  if (room() == 0) return;
  auto& waiting = cycle.tables.waiting;
  const auto me = staged_->member;
  const auto lease = at(cycle, until());
  std::unordered_map<std::int64_t, std::int64_t> owner_of;  // what a new row of that key gets
  const auto owner_for = [&](std::int64_t key) {
    const auto owners = waiting.owners(group.id, key);
    if (!owners || owners->lowest == me) return me;  // nobody has one, or this member has them all
    return owners->lowest > nobody ? reserved_for(owners->lowest) : behind;
  };
  std::int64_t may_skip = waiting.many_behind(group.id, most_behind) ? 0 : most_behind;
  auto cursor = group.cursor;
  std::int64_t found = 0;
  bool all = false;
  const auto wanted = room() + may_skip + 1;
  {
    auto rows = cycle.tables.log.after(topic_.id, cursor, wanted);
    while (room() > 0) {
      if (!rows.next()) {
        all = found < wanted;
        break;
      }
      Waiter waiter{.pos = rows.integer(0)};
      std::int64_t owner = me;
      if (!rows.null(3)) {
        waiter.key = hash_key(rows.bytes(3));
        auto [known, is_new] = owner_of.try_emplace(*waiter.key, 0);
        if (is_new) known->second = owner_for(*waiter.key);
        owner = known->second;
        if (owner < nobody) {
          if (may_skip-- == 0) break;
          if (owner != behind) cycle.touched |= WakeFile::bit(group.topic);
          known->second = behind;  // whatever comes after it
        }
      }
      cursor = offset_of(waiter.pos), ++found;
      waiter.deliveries = owner == me ? 1 : 0;
      waiting.add(group.id, waiter, owner, 0);
      if (owner == me) staged_->add(rows, {.waiter = waiter}, lease);
    }
  }
  move_cursor(cycle, group, all ? cycle.tables.log.head(topic_) : cursor, found);
}

void Member::look(Cycle& cycle) {
  const auto group = cycle.tables.groups.find(group_);
  if (!group) {
    look_at_ = {};
    return;
  }
  plan_next_look(cycle, *group);
  const bool active = group->mode != driver::GroupSpec::exclusive || group->active == member_ || group->active == 0;
  if (!active || cycle.tables.log.head(topic_) <= group->cursor) return;
  if (!topic_.ordered || !cycle.tables.waiting.many_behind(group->id, most_behind)) look_at_ = {};
}

void Member::plan_next_look(Cycle& cycle, const Group& group) {
  const auto me = staged_ && staged_->member ? staged_->member : member_;
  auto& waiting = cycle.tables.waiting;
  look_at_ = driver::Deadline::max();
  const auto not_after = [&](std::optional<std::int64_t> wall) {
    if (wall) look_at_ = std::min(look_at_, at(cycle, *wall));
  };
  if (const auto expiry = cycle.tables.members.next_expiry(group.id, me)) not_after(*expiry + 1);
  if (group.mode == driver::GroupSpec::exclusive && group.active != 0 && group.active != me) return;
  not_after(waiting.next_due(group.id, nobody));
  not_after(waiting.next_due(group.id, reserved_for(me)));
}

}  // namespace ductape::inline v0::local
