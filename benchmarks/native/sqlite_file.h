// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace bench {

/// A message log as a program would write it that uses SQLite itself: the same columns, index and bytes as the embedded
/// broker's, prepared statements, WAL, a sync in every commit.
class SqliteFile {
 public:
  /// Opens `directory`/twin.db, made if it is not there.
  SqliteFile(const std::string& directory, bool payload_only);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  void begin() { run(begin_); }
  void commit() { run(commit_); }
  /// At the end of the topic; `begin` has found that.
  void append(std::string_view body);
  /// Looks up where the topic ends: once in each transaction if others write too.
  void find_end();

  void run(sqlite3_stmt* statement);
  sqlite3_stmt* prepare(const char* sql);
  [[nodiscard]] sqlite3* get() const { return db_; }

 private:
  void execute(const char* sql);
  void check(int code);

  sqlite3* db_ = nullptr;
  const bool payload_only_;
  std::int64_t last_ = 0;
  std::mt19937_64 random_{std::random_device{}()};
  sqlite3_stmt *begin_ = nullptr, *commit_ = nullptr, *insert_ = nullptr, *end_ = nullptr;
};

}  // namespace bench
