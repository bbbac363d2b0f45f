// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/native/sqlite_file.h"

#include <chrono>
#include <cstring>

#include "benchmarks/native/workload.h"

namespace bench {
namespace {

// The CloudEvents attributes of a message of topic bench:messages, in the embedded broker's encoding.
constexpr std::string_view meta(
    "\x01\x05\x01\x03"
    "1.0\x02\x0A/bench/dev\x03\x0E"
    "bench:messages\x04\x18"
    "2026-01-01T00:00:00.000Z\x05\x10"
    "application/json\x00",
    80);

constexpr const char* whole =
    "CREATE TABLE IF NOT EXISTS messages(pos INTEGER PRIMARY KEY, topic INTEGER NOT NULL, id NOT NULL,"
    " time INTEGER NOT NULL, key TEXT, meta BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX IF NOT EXISTS message_ids ON messages(id, topic);";
constexpr const char* bare =
    "CREATE TABLE IF NOT EXISTS messages(pos INTEGER PRIMARY KEY, id BLOB NOT NULL, body BLOB NOT NULL);";
constexpr const char* groups =
    "CREATE TABLE IF NOT EXISTS groups(id INTEGER PRIMARY KEY, cursor INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS grants(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, done BLOB NOT NULL);"
    "INSERT OR IGNORE INTO groups VALUES(1,0);";

}  // namespace

SqliteFile::SqliteFile(const std::string& directory, bool payload_only) : payload_only_(payload_only) {
  const auto path = directory + "/twin.db";
  check(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
  sqlite3_busy_timeout(db_, 60'000);
  execute(
      "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
      "PRAGMA wal_autocheckpoint=2048;"
      "PRAGMA temp_store=MEMORY");
  execute(payload_only ? bare : whole);
  execute(groups);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  end_ = prepare("SELECT max(pos) FROM messages");
  insert_ = prepare(payload_only ? "INSERT INTO messages VALUES(?,?,?)" : "INSERT INTO messages VALUES(?,1,?,?,?,?,?)");
}

SqliteFile::~SqliteFile() {
  for (sqlite3_stmt* each; (each = sqlite3_next_stmt(db_, nullptr));) sqlite3_finalize(each);
  sqlite3_close(db_);
}

void SqliteFile::append(std::string_view body) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  // As a UUIDv7: the time first, then what is random.
  unsigned char id[16];
  const std::uint64_t random[2] = {random_(), random_()};
  std::memcpy(id, random, sizeof id);
  for (int i = 0; i < 6; ++i) id[i] = static_cast<unsigned char>(milliseconds >> (40 - 8 * i));
  const auto count = static_cast<sqlite3_uint64>(body.size());
  sqlite3_bind_int64(insert_, 1, ++last_);
  sqlite3_bind_blob64(insert_, 2, id, sizeof id, SQLITE_STATIC);
  if (payload_only_) {
    sqlite3_bind_blob64(insert_, 3, body.data(), count, SQLITE_STATIC);
  } else {
    sqlite3_bind_int64(insert_, 3, milliseconds);
    sqlite3_bind_null(insert_, 4);
    sqlite3_bind_blob64(insert_, 5, meta.data(), meta.size(), SQLITE_STATIC);
    sqlite3_bind_blob64(insert_, 6, body.data(), count, SQLITE_STATIC);
  }
  run(insert_);
}

void SqliteFile::find_end() {
  if (sqlite3_step(end_) == SQLITE_ROW) last_ = sqlite3_column_int64(end_, 0);
  check(sqlite3_reset(end_));
}

void SqliteFile::run(sqlite3_stmt* statement) {
  while (sqlite3_step(statement) == SQLITE_ROW) {
  }
  check(sqlite3_reset(statement));
}

sqlite3_stmt* SqliteFile::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  return statement;
}

void SqliteFile::execute(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }

void SqliteFile::check(int code) {
  if (code != SQLITE_OK) give_up(std::string("SQLite: ") + sqlite3_errmsg(db_));
}

}  // namespace bench
