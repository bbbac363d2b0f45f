// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace ductape::inline v0::local {

constexpr std::int64_t application_id = 0x64756374;  // "duct"
constexpr std::int64_t schema_version = 1;

/// A message's place: its topic in the upper bits, its offset in the topic (from 1, without gaps) in the lower 40.
constexpr std::int64_t offset_bits = 40;
constexpr std::int64_t position(std::int64_t topic, std::int64_t offset) { return (topic << offset_bits) | offset; }
constexpr std::int64_t offset_of(std::int64_t position) { return position & ((std::int64_t{1} << offset_bits) - 1); }
constexpr std::int64_t last_position(std::int64_t topic) { return position(topic + 1, 0) - 1; }

/// Who has a row of `waiting`; a member's id is positive.
constexpr std::int64_t nobody = 0;   ///< free for any member when it is due
constexpr std::int64_t behind = -1;  ///< an earlier message of its key comes first
constexpr std::int64_t first_member = 16;
/// Free, when it is due, for that member only, as it holds other messages of the key.
constexpr std::int64_t reserved_for(std::int64_t member) { return -member; }

/// Times are milliseconds since 1970 (wall clock).
///
/// topics    `floor`: offsets up to it were removed by retention.
/// messages  apart from removed ones every offset is there, so that lag is arithmetic; `id`: a UUID as 16 bytes, else
///           text; `meta`: see envelope.h.
/// groups    `start`, `cursor`: the first message is start + 1, the last one handed out is the cursor. `dead`: how many
///           of these went to the dead letters. `active`: the member of an exclusive group that works.
/// grants    messages first..last, handed to a member for the first time; `done`: a bit for each that left the grant.
/// waiting   single messages that are handed out (owner > 0) or are to be handed out again. What a group has up to its
///           cursor that is in no grant and not here is done or dead.
constexpr const char* schema = R"sql(
CREATE TABLE topics(
  id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, ordered INTEGER NOT NULL, floor INTEGER NOT NULL DEFAULT 0);
CREATE TABLE messages(
  pos INTEGER PRIMARY KEY, topic INTEGER NOT NULL, id NOT NULL, time INTEGER NOT NULL, key TEXT, meta BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE UNIQUE INDEX message_ids ON messages(id, topic);
CREATE TABLE groups(
  id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, mode INTEGER NOT NULL, start INTEGER NOT NULL,
  cursor INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0, born INTEGER NOT NULL,
  UNIQUE(topic, name));
CREATE TABLE members(
  id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, pid INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX members_of ON members(grp, until);
CREATE TABLE grants(
  grp INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, owner INTEGER NOT NULL, done BLOB NOT NULL,
  PRIMARY KEY(grp, first)) WITHOUT ROWID;
CREATE TABLE waiting(
  grp INTEGER NOT NULL, pos INTEGER NOT NULL, owner INTEGER NOT NULL, due INTEGER NOT NULL,
  failures INTEGER NOT NULL, deliveries INTEGER NOT NULL, key INTEGER, PRIMARY KEY(grp, pos)) WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting(grp, owner, due) WHERE owner <= 0;
CREATE INDEX waiting_keys ON waiting(grp, key, owner) WHERE key IS NOT NULL;
INSERT INTO sqlite_sequence(name, seq) VALUES('members', 16);
)sql";

}  // namespace ductape::inline v0::local
