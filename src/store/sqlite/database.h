// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::store::sqlite {

/// A prepared statement. Texts bound must live until it was stepped; texts read live until the next step.
class Statement {
 public:
  void bind(int index, std::string_view text);
  void bind(int index, std::uint64_t number);
  /// Whether there is a row. After the last one the statement can be bound and stepped anew.
  Result<bool> step();
  void reset();
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(sqlite3_stmt* statement, const std::string& file) : statement_(statement), file_(&file) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* file_;
};

/// One connection to one file. Not thread-safe; must outlive its statements.
class Database {
 public:
  /// Opens or makes the file; ":memory:" is private to this object. `wait` is how long a statement waits for a lock.
  static Result<std::unique_ptr<Database>> open(const std::string& file, std::chrono::milliseconds wait);

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  /// SQLite with WAL goes on writing to a file that was removed or replaced, where nobody else will read it. Errors:
  /// `data_loss` if that happened.
  Result<void> check_in_place();
  Result<void> run(const char* sql);
  /// For what switches to WAL: who does so while another does is told at once that the file is locked, whatever the
  /// time-out; so `work` is done again until that is over.
  Result<void> set_up(const std::function<Result<void>()>& work);
  /// Commits what `work` did, or nothing of it if it fails.
  Result<void> transact(const std::function<Result<void>()>& work);
  Result<Statement> prepare(const char* sql);
  /// The number that a pragma or a query with one row answers.
  Result<std::uint64_t> number(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  Database(std::string file, std::chrono::milliseconds wait) : file_(std::move(file)), wait_(wait) {}
  [[nodiscard]] Error error() const;
  std::string file_;
  const std::chrono::milliseconds wait_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace ductape::inline v0::store::sqlite
