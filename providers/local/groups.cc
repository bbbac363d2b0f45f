// SPDX-License-Identifier: Apache-2.0
#include "providers/local/groups.h"

#include <unistd.h>

namespace ductape::inline v0::local {
namespace {

Group group_in(const Rows& rows) {
  return Group{.id = rows.integer(0),
               .topic = rows.integer(1),
               .mode = static_cast<driver::GroupSpec::Mode>(rows.integer(2)),
               .start = rows.integer(3),
               .cursor = rows.integer(4),
               .active = rows.integer(5),
               .extra = rows.integer(6),
               .lost = rows.integer(7)};
}

std::optional<Group> group_of(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return group_in(rows);
}

std::vector<std::int64_t> integers(Rows rows) {
  std::vector<std::int64_t> all;
  while (rows.next()) all.push_back(rows.integer(0));
  return all;
}

}  // namespace

std::optional<Group> Groups::find(std::int64_t topic, std::string_view name) { return group_of(find_(topic, name)); }
std::optional<Group> Groups::find(std::int64_t id) { return group_of(find_id_(id)); }
bool Groups::any(std::int64_t topic) { return any_(topic).next(); }

std::vector<Group> Groups::of(std::int64_t topic) {
  std::vector<Group> all;
  for (auto rows = of_(topic); rows.next();) all.push_back(group_in(rows));
  return all;
}

std::int64_t Groups::create(std::int64_t topic, std::string_view name, driver::GroupSpec::Mode mode, std::int64_t start,
                            std::int64_t now) {
  create_.run(topic, name, mode, start, start, now);
  return sqlite3_last_insert_rowid(db_.get());
}

void Groups::remove(std::int64_t id) { remove_.run(id); }

std::vector<std::int64_t> Groups::abandoned(std::int64_t since) {
  return integers(abandoned_(driver::GroupSpec::broadcast, since, since));
}

std::int64_t Members::join(std::int64_t group, std::int64_t until) {
  join_.run(group, getpid(), until);
  return sqlite3_last_insert_rowid(db_.get());
}

std::optional<std::int64_t> Members::until(std::int64_t member) { return first_integer(until_(member)); }
std::vector<std::int64_t> Members::expired(std::int64_t group, std::int64_t now) {
  return integers(expired_(group, now));
}
std::optional<std::int64_t> Members::next_expiry(std::int64_t group, std::int64_t but) {
  return first_integer(next_(group, but));
}
Members::Living Members::living(std::int64_t group, std::int64_t now) {
  auto rows = living_(group, now);
  return rows.next() ? Living{.count = rows.integer(0), .pid = rows.integer(1)} : Living{};
}

}  // namespace ductape::inline v0::local
