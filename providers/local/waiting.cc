// SPDX-License-Identifier: Apache-2.0
#include "providers/local/waiting.h"

namespace ductape::inline v0::local {
namespace {

Waiter waiter_of(const Rows& rows) {
  Waiter waiter{.pos = rows.integer(0), .failures = rows.integer(1), .deliveries = rows.integer(2)};
  if (!rows.null(3)) waiter.key = rows.integer(3);
  waiter.first_failure = rows.integer(4), waiter.rank = rows.integer(5);
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
  while (rows.next() && rows.integer(6) <= now) found.push_back(waiter_of(rows));
  return found;
}

std::optional<std::int64_t> Waiting::next_due(std::int64_t group, std::int64_t owner) {
  return first_integer(next_due_(group, owner));
}

std::optional<Waiting::Owners> Waiting::owners(std::int64_t group, std::int64_t key) {
  const auto lowest = first_integer(lowest_(group, key));
  if (!lowest) return std::nullopt;
  return Owners{.lowest = *lowest, .highest = first_integer(highest_(group, key)).value_or(*lowest)};
}

void Waiting::add(std::int64_t group, const Waiter& waiter, std::int64_t owner, std::int64_t due) {
  const auto& [pos, failures, deliveries, key, first_failure, rank] = waiter;
  if (key)
    add_.run(group, pos, owner, due, failures, deliveries, *key, first_failure, rank != 0 ? rank : pos);
  else
    add_.run(group, pos, owner, due, failures, deliveries, nullptr, first_failure, std::int64_t{0});
}

std::vector<std::int64_t> Waiting::admit(std::int64_t group, std::int64_t cursor) {
  std::vector<std::int64_t> keys, found;
  for (auto rows = later_(group, cursor); rows.next();)
    found.push_back(rows.integer(0)), keys.push_back(rows.integer(1));
  for (const auto pos : found) admit_.run(group, pos);
  return keys;
}

void Waiting::take(std::int64_t group, const Waiter& waiter, std::int64_t member) {
  take_.run(member, waiter.deliveries, group, waiter.pos);
}

void Waiting::put_back(std::int64_t group, const Waiter& waiter, std::int64_t due) {
  put_back_.run(waiter.key ? behind : nobody, due, waiter.failures, waiter.deliveries, waiter.first_failure, group,
                waiter.pos);
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

std::vector<std::int64_t> Waiting::release_all(std::int64_t group) {
  release_all_.run(group);
  std::vector<std::int64_t> keys;
  for (auto rows = keys_(group); rows.next();) keys.push_back(rows.integer(0));
  return keys;
}

bool Waiting::many_behind(std::int64_t group, std::int64_t limit) { return many_behind_(group, limit - 1).next(); }

bool Waiting::arrange(std::int64_t group, std::int64_t key) {
  const auto all = owners(group, key);
  if (!all || all->lowest > nobody) return false;  // no row waits
  const auto head_owner = all->highest > nobody ? reserved_for(all->highest) : nobody;

  // Usually one, at most a few: rows that were heads before what just happened.
  struct Head {
    std::int64_t pos, owner, rank;
  };
  std::vector<Head> heads;
  for (auto rows = heads_(group, key); rows.next();)
    heads.push_back({rows.integer(0), rows.integer(1), rows.integer(2)});
  Head first{.pos = INT64_MAX, .owner = behind, .rank = INT64_MAX};
  if (auto rows = first_behind_(group, key); rows.next()) first.pos = rows.integer(0), first.rank = rows.integer(1);
  for (const auto& head : heads)
    if (std::pair(head.rank, head.pos) < std::pair(first.rank, first.pos)) first = head;

  for (const auto& head : heads)
    if (head.pos != first.pos) set_owner_.run(behind, group, head.pos);
  if (first.owner == head_owner) return false;
  set_owner_.run(head_owner, group, first.pos);
  return true;
}

std::vector<Waiting::Row> Waiting::all(std::int64_t group) {
  std::vector<Row> found;
  for (auto rows = all_(group); rows.next();)
    found.push_back({.pos = rows.integer(0), .owner = rows.integer(1), .due = rows.integer(2)});
  return found;
}

std::optional<std::int64_t> Waiting::first(std::int64_t group, std::int64_t topic) {
  return first_integer(first_(group, position(topic, 0), last_position(topic)));
}

}  // namespace ductape::inline v0::local
