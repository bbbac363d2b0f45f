// SPDX-License-Identifier: Apache-2.0
#include "providers/local/placing.h"

#include "providers/local/errors.h"
#include "providers/local/place.h"

namespace ductape::inline v0::local {
namespace {

/// Behind all that the group has of its key, and what it would get from its topic now.
void let_wait(Tables& tables, const Topic& topic, const Group& group, std::int64_t pos, std::string_view key) {
  if (!topic.ordered || key.empty()) return tables.waiting.add(group.id, {.pos = pos}, nobody, 0);
  const auto head = tables.log.head(topic);
  const Waiter waiter{.pos = pos, .key = hash_key(key), .rank = position(topic.id, head)};
  if (group.cursor < head) return tables.waiting.add_later(group.id, waiter, head);
  tables.waiting.add(group.id, waiter, behind, 0);
  tables.waiting.arrange(group.id, *waiter.key);
}

/// Keeps (cursor - start) + extra equal to what the group has and had. A message that is there already is one message.
void count(Groups& groups, std::int64_t group, std::int64_t from, bool duplicate) {
  if (group == from && duplicate) groups.add_extra(group, -1);
  if (group != from && !duplicate) groups.add_extra(group, 1);
}

}  // namespace

Placed put(Cycle& cycle, const driver::Record& record, std::int64_t from, std::int64_t frees) {
  auto& log = cycle.tables.log;
  auto& groups = cycle.tables.groups;
  const auto* place = place_of(record.to);
  if (place->role == driver::Role::main) {
    const auto topic = log.obtain(place->main, place->ordered, place->retention_age, place->retention_bytes);
    cycle.touched |= WakeFile::bit(topic.id);
    return {.appended = log.append(topic.id, record, cycle.wall)};
  }
  const auto topic = log.find(place->main);
  const auto group = topic ? groups.find(topic->id, place->group) : std::nullopt;
  if (!group)
    return {.error = failure(Errc::not_found, "group " + place->group + " of " + record.to->native + " does not exist",
                             "make it: ductape apply, ductape group create, or subscribe")};
  const bool dead = place->role == driver::Role::dead_letter;
  const auto own = log.obtain(dead ? place->topic : retry_topic(place->main, place->group), topic->ordered && !dead);
  if (frees != 0) log.remove_at(frees);  // before, lest it is taken for a duplicate of itself
  const auto appended = log.append(own.id, record, cycle.wall);
  if (!dead && !appended.duplicate)
    let_wait(cycle.tables, *topic, *group, position(own.id, appended.offset), record.key);
  count(groups, group->id, from, appended.duplicate);
  cycle.touched |= WakeFile::bit(dead ? own.id : topic->id);
  return {.appended = appended};
}

}  // namespace ductape::inline v0::local
