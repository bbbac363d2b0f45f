// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <ductape/driver/topology.hpp>

#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

struct Group {
  std::int64_t id = 0, topic = 0;
  driver::GroupSpec::Mode mode = driver::GroupSpec::shared;
  std::int64_t start = 0, cursor = 0;  ///< offsets
  std::int64_t active = 0;
  std::int64_t extra = 0, lost = 0;  ///< see schema.h
};

/// The groups of a file. Inside a transaction. Not thread-safe.
class Groups {
 public:
  explicit Groups(Connected& db) : db_(db) {}

  std::optional<Group> find(std::int64_t topic, std::string_view name);
  std::optional<Group> find(std::int64_t id);
  bool any(std::int64_t topic);
  std::vector<Group> of(std::int64_t topic);
  std::int64_t create(std::int64_t topic, std::string_view name, driver::GroupSpec::Mode mode, std::int64_t start,
                      std::int64_t now);
  void remove(std::int64_t id);
  void move_cursor(std::int64_t id, std::int64_t cursor) { cursor_.run(cursor, id); }
  /// With the start, cursor and counts that `group` has.
  void restart(const Group& group) { restart_.run(group.start, group.cursor, group.extra, group.lost, group.id); }
  void add_extra(std::int64_t id, std::int64_t count) { extra_.run(count, id); }
  void add_lost(std::int64_t id, std::int64_t count) { lost_.run(count, id); }
  void set_mode(std::int64_t id, driver::GroupSpec::Mode mode) { mode_.run(mode, id); }
  void activate(std::int64_t id, std::int64_t member) { activate_.run(member, id); }
  /// Broadcast groups of which no member has lived since `since`.
  std::vector<std::int64_t> abandoned(std::int64_t since);

 private:
  Connected& db_;
  Statement find_{db_,
                  "SELECT id, topic, mode, start, cursor, active, extra, lost FROM groups WHERE topic=? AND name=?"};
  Statement find_id_{db_, "SELECT id, topic, mode, start, cursor, active, extra, lost FROM groups WHERE id=?"};
  Statement of_{db_, "SELECT id, topic, mode, start, cursor, active, extra, lost FROM groups WHERE topic=?"};
  Statement any_{db_, "SELECT 1 FROM groups WHERE topic=? LIMIT 1"};
  Statement create_{db_, "INSERT INTO groups(topic, name, mode, start, cursor, born) VALUES(?,?,?,?,?,?)"};
  Statement remove_{db_, "DELETE FROM groups WHERE id=?"};
  Statement cursor_{db_, "UPDATE groups SET cursor=? WHERE id=?"};
  Statement restart_{db_, "UPDATE groups SET start=?, cursor=?, extra=?, lost=? WHERE id=?"};
  Statement extra_{db_, "UPDATE groups SET extra=extra+? WHERE id=?"};
  Statement lost_{db_, "UPDATE groups SET lost=lost+? WHERE id=?"};
  Statement mode_{db_, "UPDATE groups SET mode=?, active=0 WHERE id=?"};
  Statement activate_{db_, "UPDATE groups SET active=? WHERE id=?"};
  Statement abandoned_{db_,
                       "SELECT id FROM groups WHERE mode=? AND born<? AND NOT EXISTS("
                       "SELECT 1 FROM members WHERE grp=groups.id AND until>=?)"};
};

/// The members of groups: sessions that consume. A member lives until its lease, which one row keeps for all it holds.
/// Inside a transaction. Not thread-safe.
class Members {
 public:
  explicit Members(Connected& db) : db_(db) {}

  std::int64_t join(std::int64_t group, std::int64_t until);
  void remove(std::int64_t member) { remove_.run(member); }
  void remove_all(std::int64_t group) { remove_all_.run(group); }
  void remove_but(std::int64_t group, std::int64_t member) { remove_but_.run(group, member); }
  void renew(std::int64_t member, std::int64_t until) { renew_.run(until, member); }
  /// Until when it lives; nothing if it is not there.
  std::optional<std::int64_t> until(std::int64_t member);
  std::vector<std::int64_t> expired(std::int64_t group, std::int64_t now);
  /// The next time at which a member other than `but` expires, if nobody renews it.
  std::optional<std::int64_t> next_expiry(std::int64_t group, std::int64_t but);
  /// How many live, and the process id of one of them.
  struct Living {
    std::int64_t count = 0, pid = 0;
  };
  Living living(std::int64_t group, std::int64_t now);

 private:
  Connected& db_;
  Statement join_{db_, "INSERT INTO members(grp, pid, until) VALUES(?,?,?)"};
  Statement remove_{db_, "DELETE FROM members WHERE id=?"};
  Statement remove_all_{db_, "DELETE FROM members WHERE grp=?"};
  Statement remove_but_{db_, "DELETE FROM members WHERE grp=? AND id<>?"};
  Statement renew_{db_, "UPDATE members SET until=? WHERE id=?"};
  Statement until_{db_, "SELECT until FROM members WHERE id=?"};
  Statement expired_{db_, "SELECT id FROM members WHERE grp=? AND until<?"};
  Statement next_{db_, "SELECT until FROM members WHERE grp=? AND id<>? ORDER BY until LIMIT 1"};
  Statement living_{db_, "SELECT count(*), min(pid) FROM members WHERE grp=? AND until>=?"};
};

}  // namespace ductape::inline v0::local
