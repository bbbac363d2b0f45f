// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iterator>

namespace ductape::inline v0::local {

constexpr std::int64_t application_id = 0x64756374;  // "duct"
constexpr std::int64_t schema_version = 2;

/// A message's place: its topic in the upper bits, its offset in the topic (from 1, without gaps) in the lower 40.
constexpr std::int64_t offset_bits = 40;
constexpr std::int64_t position(std::int64_t topic, std::int64_t offset) { return (topic << offset_bits) | offset; }
constexpr std::int64_t offset_of(std::int64_t position) { return position & ((std::int64_t{1} << offset_bits) - 1); }
constexpr std::int64_t topic_of(std::int64_t position) { return position >> offset_bits; }
constexpr std::int64_t last_position(std::int64_t topic) { return position(topic + 1, 0) - 1; }

/// Who has a row of `waiting`; a member's id is positive.
constexpr std::int64_t nobody = 0;   ///< free for any member when it is due
constexpr std::int64_t behind = -1;  ///< an earlier message of its key comes first
constexpr std::int64_t later = -2;   ///< as `behind`, and `due` is an offset that the group's cursor reaches first
constexpr std::int64_t first_member = 16;
/// Free, when it is due, for that member only, as it holds other messages of the key.
constexpr std::int64_t reserved_for(std::int64_t member) { return -member; }

/// Times are milliseconds since 1970 (wall clock).
///
/// topics    A tag of its own has what belongs to one group: "<tag>/<group>/dead", "<tag>/<group>/retry". `floor`:
///           offsets up to it were removed by retention. `removed`: the highest offset that was ever removed, by
///           whomever (a trigger), so that none is given twice and nothing vanishes unnoticed. `bytes`: of all its
///           messages, counted where `retention_bytes` is a limit.
/// messages  apart from removed ones every offset is there, so that lag is arithmetic; `id`: a UUID as 16 bytes, else
///           text; `meta`: see envelope.h.
/// groups    `start`, `cursor`: the first message is start + 1, the last one handed out is the cursor. `active`: the
///           member of an exclusive group that works. `extra`: messages that came to the group without an offset of its
///           topic. `lost`: those that left it without an outcome. So (cursor - start) + extra = in grants + in waiting
///           + dead letters + lost + done. Who reads a group's dead letters is a group of the same name on their topic.
/// grants    messages first..last, handed to a member for the first time; `done`: a bit for each that left the grant.
/// waiting   single messages that are handed out (owner > 0) or are to be handed out again; messages of the group's own
///           `retry` too. What a group has up to its cursor that is in no grant and not here is done, dead or lost.
///           `rank`: the order within a key; the position, or for what came later, that of the last message then.
///           `first_failure`: nanoseconds since 1970, 0 if there was none.
constexpr const char* schema = R"sql(
CREATE TABLE topics(
  id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, ordered INTEGER NOT NULL, floor INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0, retention_age INTEGER NOT NULL DEFAULT 0,
  retention_bytes INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE messages(
  pos INTEGER PRIMARY KEY, topic INTEGER NOT NULL, id NOT NULL, time INTEGER NOT NULL, key TEXT, meta BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE UNIQUE INDEX message_ids ON messages(id, topic);
CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
  UPDATE topics SET removed=max(removed, OLD.pos & 1099511627775),
    bytes=max(0, bytes - length(OLD.body) - length(OLD.meta) - 64) WHERE id=OLD.topic;
END;
CREATE TABLE groups(
  id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, mode INTEGER NOT NULL, start INTEGER NOT NULL,
  cursor INTEGER NOT NULL, active INTEGER NOT NULL DEFAULT 0, born INTEGER NOT NULL,
  extra INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0, UNIQUE(topic, name));
CREATE TABLE members(
  id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, pid INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX members_of ON members(grp, until);
CREATE TABLE grants(
  grp INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, owner INTEGER NOT NULL, done BLOB NOT NULL,
  PRIMARY KEY(grp, first)) WITHOUT ROWID;
CREATE TABLE waiting(
  grp INTEGER NOT NULL, pos INTEGER NOT NULL, owner INTEGER NOT NULL, due INTEGER NOT NULL,
  failures INTEGER NOT NULL, deliveries INTEGER NOT NULL, key INTEGER, first_failure INTEGER NOT NULL DEFAULT 0,
  rank INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(grp, pos)) WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting(grp, owner, due) WHERE owner <= 0;
CREATE INDEX waiting_keys ON waiting(grp, key, owner, rank) WHERE key IS NOT NULL;
INSERT INTO sqlite_sequence(name, seq) VALUES('members', 16);
)sql";

/// What makes a file of the version before (index + 1) into one of the next; all of it in one transaction.
constexpr const char* migrations[] = {R"sql(
ALTER TABLE topics ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN retention_age INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN retention_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE topics SET removed=floor;
CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
  UPDATE topics SET removed=max(removed, OLD.pos & 1099511627775),
    bytes=max(0, bytes - length(OLD.body) - length(OLD.meta) - 64) WHERE id=OLD.topic;
END;
ALTER TABLE groups ADD COLUMN extra INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO topics(tag, ordered)
  SELECT t.tag || '/' || g.name || '/dead', 0 FROM groups g JOIN topics t ON t.id=g.topic
  WHERE g.mode<>2 AND instr(t.tag, '/')=0;
UPDATE groups SET extra=(SELECT count(m.pos) FROM topics t JOIN topics d ON d.tag=t.tag || '/' || groups.name || '/dead'
  LEFT JOIN messages m ON m.pos BETWEEN d.id << 40 AND ((d.id + 1) << 40) - 1 WHERE t.id=groups.topic) - dead
  WHERE mode<>2 AND (SELECT instr(tag, '/') FROM topics WHERE id=groups.topic)=0;
INSERT OR IGNORE INTO groups(topic, name, mode, start, cursor, dead, active, born)
  SELECT d.id, g.name, 0, 0, 0, 0, 0, g.born FROM groups g JOIN topics t ON t.id=g.topic
  JOIN topics d ON d.tag=t.tag || '/' || g.name || '/dead' WHERE g.mode<>2 AND instr(t.tag, '/')=0;
ALTER TABLE groups DROP COLUMN dead;
ALTER TABLE waiting ADD COLUMN first_failure INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waiting ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
UPDATE waiting SET rank=pos WHERE key IS NOT NULL;
DROP INDEX waiting_keys;
CREATE INDEX waiting_keys ON waiting(grp, key, owner, rank) WHERE key IS NOT NULL;
)sql"};
static_assert(std::size(migrations) == schema_version - 1);

}  // namespace ductape::inline v0::local
