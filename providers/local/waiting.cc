// SPDX-License-Identifier: Apache-2.0
#include "providers/local/waiting.h"

namespace ductape::inline v0::local {
namespace {

std::optional<std::int64_t> integer(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

Waiter waiter_of(const Rows& rows) {
  Waiter waiter{.pos = rows.integer(0), .failures = rows.integer(1), .deliveries = rows.integer(2)};
  if (!rows.null(3)) waiter.key = rows.integer(3);
  return waiter;
}

}  // namespace

// FNV-1a with a final mix. It stands in files: never change it.
std::int64_t hash_key(std::string_view key) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15u;
  return static_cast<std::int64_t>(hash ^ (hash >> 29));
}

std::vector<Waiter> Waiting::due(std::int64_t group, std::int64_t owner, std::int64_t now, std::int64_t limit) {
  std::vector<Waiter> found;
  auto rows = due_(group, owner, now, limit);
  while (rows.next()) found.push_back(waiter_of(rows));
  return found;
}

std::vector<Waiter> Waiting::followers(std::int64_t group, std::int64_t key, std::int64_t now, std::int64_t limit) {
  std::vector<Waiter> found;
  auto rows = followers_(group, key, limit);
  while (rows.next() && rows.integer(4) <= now) found.push_back(waiter_of(rows));
  return found;
}

std::optional<std::int64_t> Waiting::next_due(std::int64_t group, std::int64_t owner) {
  return integer(next_due_(group, owner));
}

std::optional<Waiting::Owners> Waiting::owners(std::int64_t group, std::int64_t key) {
  const auto lowest = integer(lowest_(group, key));
  if (!lowest) return std::nullopt;
  return Owners{.lowest = *lowest, .highest = integer(highest_(group, key)).value_or(*lowest)};
}

void Waiting::add(std::int64_t group, const Waiter& waiter, std::int64_t owner, std::int64_t due) {
  if (waiter.key)
    add_.run(group, waiter.pos, owner, due, waiter.failures, waiter.deliveries, *waiter.key);
  else
    add_.run(group, waiter.pos, owner, due, waiter.failures, waiter.deliveries, nullptr);
}

void Waiting::take(std::int64_t group, const Waiter& waiter, std::int64_t member) {
  take_.run(member, waiter.deliveries, group, waiter.pos);
}

void Waiting::put_back(std::int64_t group, const Waiter& waiter, std::int64_t due) {
  put_back_.run(waiter.key ? behind : nobody, due, waiter.failures, waiter.deliveries, group, waiter.pos);
}

std::vector<std::int64_t> Waiting::release(std::int64_t group, std::int64_t member, std::int64_t returned) {
  std::vector<std::int64_t> keys;
  {
    auto rows = keys_of_(group, member, reserved_for(member));
    while (rows.next()) keys.push_back(rows.integer(0));
  }
  release_.run(returned, group, member);
  unreserve_.run(group, reserved_for(member));
  return keys;
}

bool Waiting::many_behind(std::int64_t group, std::int64_t limit) { return many_behind_(group, limit - 1).next(); }

bool Waiting::arrange(std::int64_t group, std::int64_t key) {
  const auto all = owners(group, key);
  if (!all || all->lowest > nobody) return false;  // no row waits
  const auto head_owner = all->highest > nobody ? reserved_for(all->highest) : nobody;

  // Usually one, at most a few: rows that were heads before what just happened.
  struct Head {
    std::int64_t pos, owner;
  };
  std::vector<Head> heads;
  for (auto rows = heads_(group, key); rows.next();) heads.push_back({rows.integer(0), rows.integer(1)});
  const auto first_behind = integer(first_behind_(group, key));
  Head first{.pos = first_behind.value_or(INT64_MAX), .owner = behind};
  for (const auto& head : heads)
    if (head.pos < first.pos) first = head;

  for (const auto& head : heads)
    if (head.pos != first.pos) set_owner_.run(behind, group, head.pos);
  if (first.owner == head_owner) return false;
  set_owner_.run(head_owner, group, first.pos);
  return true;
}

Waiting::Counts Waiting::count(std::int64_t group, std::int64_t now) {
  Counts counts;
  for (auto rows = count_(group); rows.next();) {
    if (!counts.first) counts.first = rows.integer(0);
    if (rows.integer(1) > nobody) {
      ++counts.handed_out;
      continue;
    }
    ++counts.waiting;
    if (rows.integer(2) > now) ++counts.parked;
  }
  return counts;
}

}  // namespace ductape::inline v0::local
