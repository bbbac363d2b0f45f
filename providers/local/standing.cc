// SPDX-License-Identifier: Apache-2.0
#include "providers/local/standing.h"

#include <algorithm>

#include "providers/local/errors.h"
#include "providers/local/place.h"

namespace ductape::inline v0::local {

Standing standing_of(Tables& tables, const Topic& topic, const Group& group, std::int64_t now) {
  Standing standing{.fresh = std::max<std::int64_t>(tables.log.head(topic) - group.cursor, 0)};
  std::int64_t last_topic = -1;
  for (const auto& row : tables.waiting.all(group.id)) {
    if (topic_of(row.pos) != last_topic) standing.oldest.push_back(row.pos);
    last_topic = topic_of(row.pos);
    ++(row.owner > nobody ? standing.in_flight : standing.waiting);
    if (row.owner <= nobody && row.due > now) ++standing.parked;
  }
  bool first_grant = true;
  for (const auto& grant : tables.grants.all(group.id)) {
    standing.in_flight += grant.open();
    if (std::exchange(first_grant, false)) standing.oldest.push_back(grant.first_open());
  }
  if (standing.fresh > 0) standing.oldest.push_back(position(topic.id, group.cursor + 1));
  return standing;
}

std::optional<DeadLetters> dead_letters_of(Tables& tables, std::string_view tag, std::string_view group) {
  const auto topic = tables.log.find(dead_letter_topic(tag, group));
  const auto reader = topic ? tables.groups.find(topic->id, group) : std::nullopt;
  if (!reader) return std::nullopt;
  return DeadLetters{*topic, *reader};
}

std::int64_t count_dead(Tables& tables, std::string_view tag, std::string_view group) {
  const auto dead = dead_letters_of(tables, tag, group);
  return dead ? standing_of(tables, dead->topic, dead->group, 0).all() : 0;
}

Result<void> check_unused(Tables& tables, const Group& group, const std::string& native, std::string_view name,
                          std::int64_t now) {
  const auto living = tables.members.living(group.id, now);
  if (living.count == 0) return {};
  return failure(Errc::conflict,
                 "group " + std::string(name) + " of " + native + " has " + std::to_string(living.count) +
                     (living.count == 1 ? " member running" : " members running") + ", one in process " +
                     std::to_string(living.pid),
                 "stop its subscribers; one that was killed counts until its lease ends");
}

std::int64_t finished(Tables& tables, const Topic& topic, const Group& group) {
  auto first = position(topic.id, group.cursor + 1);
  if (const auto row = tables.waiting.first(group.id, topic.id)) first = std::min(first, *row);
  if (const auto grant = tables.grants.first(group.id)) first = std::min(first, grant->first_open());
  return offset_of(first) - 1;
}

bool bury(Tables& tables, const Group& group, std::int64_t now) {
  const auto expired = tables.members.expired(group.id, now);
  for (const auto member : expired) take_leave(tables, group, member, false);
  return !expired.empty();
}

// Which of the messages that are repeated had died or were lost is not known: they count as done before, so that the
// sum stays; where that is too many they count a second time.
void restart(Tables& tables, const Topic& topic, std::string_view tag, std::string_view name, const Group& group,
             const Start& start) {
  auto next = group;
  const auto skip = [&](std::int64_t pos) { next.lost += offset_of(pos) <= start.offset ? 1 : 0; };
  for (const auto& grant : tables.grants.all(group.id))
    for (auto pos = grant.first; pos <= grant.last; ++pos)
      if (!grant.is_done(pos)) skip(pos);
  tables.grants.remove_all(group.id);

  std::int64_t kept = 0;
  for (const auto& row : tables.waiting.all(group.id)) {
    const bool own = topic_of(row.pos) != topic.id;
    if (own && tables.log.time(topic_of(row.pos), offset_of(row.pos)).value_or(0) >= start.since) {
      ++kept;
      continue;
    }
    tables.waiting.remove(group.id, row.pos);
    if (own)
      tables.log.remove_at(row.pos), ++next.lost;
    else
      skip(row.pos);
  }
  auto keys = tables.waiting.release_all(group.id);
  std::ranges::copy(tables.waiting.admit(group.id, start.offset), std::back_inserter(keys));
  for (const auto key : keys) tables.waiting.arrange(group.id, key);

  next.lost += std::max<std::int64_t>(start.offset - group.cursor, 0);
  next.start = std::min(group.start, start.offset);
  next.cursor = start.offset;
  const auto done = next.cursor - next.start + next.extra - kept - count_dead(tables, tag, name) - next.lost;
  if (done < 0) next.extra -= done;
  tables.groups.restart(next);
}

}  // namespace ductape::inline v0::local
