// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <ductape/result.hpp>

#include "providers/local/sqlite.h"

namespace ductape::inline v0::local {

/// The broker's file: its schema, its transactions and its write-ahead log. Not thread-safe. Several processes may have
/// it open; who writes holds the Turnstile.
class Database {
 public:
  /// Opens the file, makes it if it is not there. Call it under the turnstile. Errors: `data_loss` (damaged, or not a
  /// broker's file), `unsupported` (made by a newer version), `permission_denied`, `unavailable`.
  static Result<std::unique_ptr<Database>> open(const std::string& path);
  ~Database();

  [[nodiscard]] Connected& connected() noexcept { return db_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The first failure since the last `rollback`, in our words; there must be one.
  [[nodiscard]] Error error() const { return from_failure(db_.failure()); }
  [[nodiscard]] bool failed() const noexcept { return db_.failure() != SQLITE_OK; }

  /// A transaction that writes. After `commit` everyone sees it, but a power failure may undo it.
  bool begin();
  bool commit();
  void rollback();
  /// Returns when all that was committed before, by any process, is on the disk; SQLite's code. Needs no turn, so that
  /// others write while this one waits for the disk. From any thread, once the log is known.
  int sync() const;
  /// The first sync; SQLite's code. From then on the log is known.
  int find_log();
  [[nodiscard]] bool log_known() const noexcept { return log_ != nullptr; }

  /// Writes a page without changing anything: whether it can be written.
  void touch() { touch_.run(); }

  /// Changes when another connection committed.
  std::int64_t version();
  /// Whether the file is still the one under its name.
  [[nodiscard]] bool in_place() const;
  /// A number of the file that no other has as long as this one is open.
  [[nodiscard]] std::uint64_t identity() const noexcept { return inode_ ^ (device_ << 48) ^ (device_ >> 16); }

  /// Room in the log for what comes next, with blocks of the disk that are in use already: a sync of those need not
  /// store the file's new size too and takes half the time. Under the turnstile.
  void lengthen_log();

  /// Pages in the write-ahead log after the last commit.
  [[nodiscard]] int log_pages() const noexcept { return log_pages_; }
  /// Moves the log into the file as far as readers allow; true if all of it went. Beside writers without the turnstile.
  bool checkpoint();

 private:
  Database(Handle handle, std::string path);
  Result<void> prepare();
  Result<void> create_schema();
  Result<void> migrate(std::int64_t version);
  [[nodiscard]] Error from_failure(int code) const;

  std::string path_;
  Connected db_;
  int log_pages_ = 0;
  std::int64_t page_size_ = 0;
  sqlite3_int64 log_size_ = 0;   // of the file
  sqlite3_file* log_ = nullptr;  // there from the first transaction until the connection is closed
  std::uint64_t device_ = 0, inode_ = 0;
  Statement begin_{db_, "BEGIN IMMEDIATE"}, commit_{db_, "COMMIT"}, version_{db_, "PRAGMA data_version"};
  Statement touch_{db_, "UPDATE sqlite_sequence SET seq=seq WHERE name='members'"};
};

}  // namespace ductape::inline v0::local
