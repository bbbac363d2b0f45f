// SPDX-License-Identifier: Apache-2.0
#include "providers/local/database.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include <ductape/driver/fault.hpp>

#include "providers/local/errors.h"
#include "providers/local/filesystem.h"
#include "providers/local/schema.h"

namespace ductape::inline v0::local {
namespace {

int execute(sqlite3* db, const std::string& sql) {
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? code : sqlite3_extended_errcode(db);
}

std::int64_t read_integer(Connected& db, const char* sql) {
  Statement statement(db, sql);
  auto rows = statement();
  return rows.next() ? rows.integer(0) : -1;
}

// How much is written ahead: nothing for who sends a few messages, then as much as there is, and never much at a time.
constexpr std::int64_t short_log = 128 << 10, longest_step = 2 << 20, far_enough = 16 << 20;

int remember_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

// The disk that is full, for tests of whole programs: SQLite's own limit gives SQLITE_FULL on the path a full disk
// does.
void limit_pages(Connected& db) {
  if constexpr (!driver::has_fault_points()) return;
  const char* fault = std::getenv("DUCTAPE_FAULT");
  if (fault && std::string_view(fault) == "local.disk_full")
    execute(db.get(), "PRAGMA max_page_count=" + std::to_string(read_integer(db, "PRAGMA page_count") + 1));
}

}  // namespace

Database::Database(Handle handle, std::string path) : path_(std::move(path)), db_(std::move(handle)) {}
Database::~Database() = default;

Error Database::from_failure(int code) const { return from_sqlite(code, path_); }

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) return from_sqlite(code, path);
  std::unique_ptr<Database> database(new Database(std::move(handle), path));
  if (auto prepared = database->prepare(); !prepared) return std::move(prepared).error();
  return database;
}

Result<void> Database::prepare() {
  sqlite3_busy_timeout(db_.get(), 2000);
  // Looked at before anything is changed, so that a file of somebody else's stays as it is.
  const auto made_by = read_integer(db_, "PRAGMA application_id");
  const auto version = read_integer(db_, "PRAGMA user_version");
  const auto tables = read_integer(db_, "SELECT count(*) FROM sqlite_schema");
  if (failed()) return error();
  const bool fresh = made_by == 0 && version == 0 && tables == 0;
  if (!fresh && made_by != application_id) {
    auto foreign = from_sqlite(SQLITE_NOTADB, path_);
    foreign.message = path_ + ": it is a database, but not a file of this broker";
    return foreign;
  }
  if (version > schema_version) {
    auto newer = failure(Errc::unsupported,
                         path_ + ": its format is " + std::to_string(version) + ", this version reads up to " +
                             std::to_string(schema_version),
                         "use the newer version that made it, or keep the messages elsewhere with --store");
    newer.documented = "STORE_UNUSABLE";
    return newer;
  }
  // Twice SQLite's own: half the calls and checksums for a batch, and a single message still writes little.
  if (fresh) execute(db_.get(), "PRAGMA page_size=8192");
  Statement journal(db_, "PRAGMA journal_mode=WAL");
  if (auto rows = journal(); rows.next() && rows.bytes(0) != "wal") db_.fail(SQLITE_CANTOPEN);
  if (failed()) return error();
  // cache_size: the pages of the largest transaction, so that none is written twice.
  const int code = execute(db_.get(),
                           "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA journal_size_limit=33554432; "
                           "PRAGMA temp_store=MEMORY");
  if (code != SQLITE_OK) return from_sqlite(code, path_);
  sqlite3_wal_autocheckpoint(db_.get(), 0);
  sqlite3_wal_hook(db_.get(), remember_pages, &log_pages_);
  if (auto made = fresh ? create_schema() : migrate(version); !made) return made;
  page_size_ = read_integer(db_, "PRAGMA page_size");
  struct stat about {};
  if (stat(path_.c_str(), &about) == 0) device_ = about.st_dev, inode_ = about.st_ino;
  limit_pages(db_);
  if (failed()) return error();
  return {};
}

Result<void> Database::create_schema() {
  const auto code = execute(db_.get(), "BEGIN IMMEDIATE;" + std::string(schema) +
                                           "PRAGMA application_id=" + std::to_string(application_id) +
                                           ";PRAGMA user_version=" + std::to_string(schema_version) + ";COMMIT");
  if (code != SQLITE_OK) {
    execute(db_.get(), "ROLLBACK");
    return from_sqlite(code, path_);
  }
  sync_directory(path_.substr(0, path_.rfind('/')));
  return {};
}

Result<void> Database::migrate(std::int64_t version) {
  if (version == schema_version) return {};
  if (version < 1) return from_sqlite(SQLITE_NOTADB, path_);
  std::string steps = "BEGIN IMMEDIATE;";
  for (auto from = version; from < schema_version; ++from) steps += migrations[from - 1];
  const auto code = execute(db_.get(), steps + "PRAGMA user_version=" + std::to_string(schema_version) + ";COMMIT");
  if (code == SQLITE_OK) return {};
  execute(db_.get(), "ROLLBACK");
  return from_sqlite(code, path_);
}

bool Database::begin() { return begin_.run(); }

bool Database::commit() { return commit_.run(); }

void Database::rollback() {
  db_.clear();
  if (!sqlite3_get_autocommit(db_.get())) execute(db_.get(), "ROLLBACK");
}

// Why `sync` is as safe as synchronous=FULL, which syncs inside the commit, behind the lock. In WAL mode a commit
// appends checksummed frames, so that after a power failure the log is read up to its first gap: what is on the disk is
// always a prefix of the commits. A sync of the log after our commit therefore keeps ours and all before it. If the log
// was moved into the file and begun anew between our commit and this sync, then by a checkpoint, which at NORMAL syncs
// the log before it writes the file, and the file before the log may be reused: ours is on the disk all the same. What
// others read before it is on the disk, they confirm only after a sync of their own, which covers it.
int Database::sync() const { return log_->pMethods->xSync(log_, SQLITE_SYNC_NORMAL); }

int Database::find_log() {
  sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log_);
  if (log_ && !log_->pMethods) log_ = nullptr;
  // The first one also stores the name of a log that is new, and changes the handle doing it.
  return log_ ? sync() : SQLITE_IOERR_FSYNC;
}

// Who reads the log stops at the first frame whose checksum is wrong, as that of zeros is: what is behind the last
// commit means nothing. A failure (the disk is full) only means that nothing is gained.
void Database::lengthen_log() {
  constexpr std::int64_t frame_header = 24;
  const auto used = log_pages_ * (page_size_ + frame_header);
  if (!log_ || used < short_log || used > far_enough || used + short_log / 2 <= log_size_) return;
  if (log_->pMethods->xFileSize(log_, &log_size_) != SQLITE_OK || used + short_log / 2 <= log_size_) return;
  static constexpr std::array<char, 64 << 10> zeros{};
  for (const auto end = used + std::min(used, longest_step); log_size_ < end; log_size_ += zeros.size())
    if (log_->pMethods->xWrite(log_, zeros.data(), zeros.size(), log_size_) != SQLITE_OK) break;
}

std::int64_t Database::version() {
  auto rows = version_();
  return rows.next() ? rows.integer(0) : -1;
}

bool Database::in_place() const {
  struct stat about {};
  return stat(path_.c_str(), &about) == 0 && about.st_dev == device_ && about.st_ino == inode_;
}

bool Database::checkpoint() {
  int in_log = 0, moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  return code == SQLITE_OK && in_log == moved;
}

}  // namespace ductape::inline v0::local
