// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "providers/local/schema.h"
#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

/// A message that left the stream of first hand-outs.
struct Waiter {
  std::int64_t pos = 0;
  std::int64_t failures = 0, deliveries = 0;
  std::optional<std::int64_t> key = {};  ///< hash of the ordering key, on an ordered topic
  std::int64_t first_failure = 0;        ///< nanoseconds since 1970
  std::int64_t rank = 0;                 ///< of its key; 0 is its position
};

/// The hash that stands for an ordering key in the file. Two keys that share it are merely kept in one order.
std::int64_t hash_key(std::string_view key);

/// Single messages of a group: handed out, or to be handed out again. Of each key, at any time,
///  - the rows that are handed out have one owner, the key's holder;
///  - of those that wait, the earliest by rank (the head) is free for anyone when it is due, or, while there is a
///    holder, for that one only; all others are `behind`;
///  - those that are `later` are not among them yet: `admit` lets them in when the cursor has passed what was before.
/// So whatever is free and due may be taken, and nothing is looked at twice: no scan over a hot key's backlog. Every
/// call that lets a keyed row wait is followed by `arrange`. Inside a transaction. Not thread-safe.
class Waiting {
 public:
  explicit Waiting(Connected& db) : db_(db) {}

  /// Rows of this owner (`nobody` or `reserved_for`) that are due, in order.
  std::vector<Waiter> due(std::int64_t group, std::int64_t owner, std::int64_t now, std::int64_t limit);
  /// The rows behind the head of a key, in order.
  std::vector<Waiter> followers(std::int64_t group, std::int64_t key, std::int64_t now, std::int64_t limit);
  /// When the next row of this owner is due.
  std::optional<std::int64_t> next_due(std::int64_t group, std::int64_t owner);

  struct Owners {
    std::int64_t lowest = 0, highest = 0;
  };
  /// Over all rows of a key; nothing if it has none.
  std::optional<Owners> owners(std::int64_t group, std::int64_t key);

  void add(std::int64_t group, const Waiter& waiter, std::int64_t owner, std::int64_t due);
  /// Hands it out: `waiter.deliveries` is what the row shall say.
  void take(std::int64_t group, const Waiter& waiter, std::int64_t member);
  /// Lets it wait: `behind` if it has a key (`arrange` comes next), else free when due.
  void put_back(std::int64_t group, const Waiter& waiter, std::int64_t due);
  /// A row whose key goes on with it when the cursor has reached `offset`.
  void add_later(std::int64_t group, const Waiter& waiter, std::int64_t offset) { add(group, waiter, later, offset); }
  /// Lets in what is no longer `later`. Gives the keys to arrange.
  std::vector<std::int64_t> admit(std::int64_t group, std::int64_t cursor);
  void remove(std::int64_t group, std::int64_t pos) { remove_.run(group, pos); }
  void remove_all(std::int64_t group) { remove_all_.run(group); }

  /// All that `member` holds or has reserved waits again, with `returned` hand-outs taken back (1: a clean leave).
  /// Gives the keys to arrange.
  std::vector<std::int64_t> release(std::int64_t group, std::int64_t member, std::int64_t returned);

  /// All that anyone holds or has reserved is free of them. Gives the keys to arrange.
  std::vector<std::int64_t> release_all(std::int64_t group);

  /// Restores the rule above for one key; whether a row changed hands by that.
  bool arrange(std::int64_t group, std::int64_t key);

  /// Whether at least `limit` rows are behind others of their key or reserved.
  bool many_behind(std::int64_t group, std::int64_t limit);

  struct Row {
    std::int64_t pos = 0, owner = 0, due = 0;
  };
  /// All rows of the group, by position.
  std::vector<Row> all(std::int64_t group);
  /// The lowest position of a row within a topic.
  std::optional<std::int64_t> first(std::int64_t group, std::int64_t topic);

 private:
  Connected& db_;
  Statement due_{db_,
                 "SELECT pos, failures, deliveries, key, first_failure, rank FROM waiting "
                 "WHERE grp=? AND owner=? AND due<=? AND owner<=0 ORDER BY due, pos LIMIT ?"};
  Statement followers_{db_,
                       "SELECT pos, failures, deliveries, key, first_failure, rank, due FROM waiting "
                       "WHERE grp=? AND key=? AND owner=-1 ORDER BY rank, pos LIMIT ?"};
  Statement next_due_{db_, "SELECT due FROM waiting WHERE grp=? AND owner=? AND owner<=0 ORDER BY due LIMIT 1"};
  Statement lowest_{db_, "SELECT owner FROM waiting WHERE grp=? AND key=? AND owner<>-2 ORDER BY owner LIMIT 1"};
  Statement highest_{db_, "SELECT owner FROM waiting WHERE grp=? AND key=? AND owner<>-2 ORDER BY owner DESC LIMIT 1"};
  Statement add_{db_,
                 "INSERT INTO waiting(grp, pos, owner, due, failures, deliveries, key, first_failure, rank) "
                 "VALUES(?,?,?,?,?,?,?,?,?)"};
  Statement later_{db_, "SELECT pos, key FROM waiting WHERE grp=? AND owner=-2 AND due<=? AND owner<=0"};
  Statement admit_{db_, "UPDATE waiting SET owner=-1, due=0 WHERE grp=? AND pos=?"};
  Statement take_{db_, "UPDATE waiting SET owner=?, deliveries=? WHERE grp=? AND pos=?"};
  Statement put_back_{
      db_, "UPDATE waiting SET owner=?, due=?, failures=?, deliveries=?, first_failure=? WHERE grp=? AND pos=?"};
  Statement remove_{db_, "DELETE FROM waiting WHERE grp=? AND pos=?"};
  Statement remove_all_{db_, "DELETE FROM waiting WHERE grp=?"};
  Statement keys_of_{db_, "SELECT DISTINCT key FROM waiting WHERE grp=? AND owner IN (?,?) AND key IS NOT NULL"};
  Statement release_{db_,
                     "UPDATE waiting SET owner=CASE WHEN key IS NULL THEN 0 ELSE -1 END, due=0, "
                     "deliveries=max(0, deliveries-?) WHERE grp=? AND owner=?"};
  Statement unreserve_{db_, "UPDATE waiting SET owner=-1 WHERE grp=? AND owner=?"};
  Statement release_all_{db_,
                         "UPDATE waiting SET owner=CASE WHEN key IS NULL THEN 0 ELSE -1 END, "
                         "due=CASE WHEN owner>0 THEN 0 ELSE due END WHERE grp=? AND owner<>-2"};
  Statement keys_{db_, "SELECT DISTINCT key FROM waiting WHERE grp=? AND key IS NOT NULL"};
  Statement first_behind_{
      db_, "SELECT pos, rank FROM waiting WHERE grp=? AND key=? AND owner=-1 ORDER BY rank, pos LIMIT 1"};
  Statement heads_{db_,
                   "SELECT pos, owner, rank FROM waiting WHERE grp=?1 AND key=?2 AND owner<-2 UNION ALL "
                   "SELECT pos, owner, rank FROM waiting WHERE grp=?1 AND key=?2 AND owner=0"};
  Statement set_owner_{db_, "UPDATE waiting SET owner=? WHERE grp=? AND pos=?"};
  Statement many_behind_{db_,
                         "SELECT 1 FROM waiting WHERE grp=? AND owner<0 AND owner<>-2 AND owner<=0 LIMIT 1 OFFSET ?"};
  Statement all_{db_, "SELECT pos, owner, due FROM waiting WHERE grp=? ORDER BY pos"};
  Statement first_{db_, "SELECT pos FROM waiting WHERE grp=? AND pos BETWEEN ? AND ? ORDER BY pos LIMIT 1"};
};

}  // namespace ductape::inline v0::local
