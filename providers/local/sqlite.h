// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace ductape::inline v0::local {

struct CloseDatabase {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// One SQLite connection with a sticky failure: the first call that fails is remembered, and every statement after it
/// yields no row, until the transaction is rolled back and `clear()` is called. So code inside a transaction reads
/// straight on, and who runs the transaction asks once, at its end, before anything is believed. Not thread-safe.
class Connected {
 public:
  explicit Connected(Handle handle) : handle_(std::move(handle)) {}

  [[nodiscard]] sqlite3* get() const noexcept { return handle_.get(); }
  /// The extended result code of the first failure; SQLITE_OK if there was none.
  [[nodiscard]] int failure() const noexcept { return failure_; }
  void fail(int code) noexcept {
    if (failure_ == SQLITE_OK) failure_ = code;
  }
  void clear() noexcept { failure_ = SQLITE_OK; }

 private:
  Handle handle_;
  int failure_ = SQLITE_OK;
};

/// A run of a prepared statement. Reset when it goes, so that no read transaction stays open behind it.
class Rows {
 public:
  Rows(Connected& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() {
    if (statement_) sqlite3_reset(statement_);
  }

  /// Whether there is a further row; false also after a failure.
  bool next() {
    if (!statement_ || db_.failure() != SQLITE_OK) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) db_.fail(sqlite3_extended_errcode(db_.get()));
    return false;
  }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] bool is_blob(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_BLOB; }
  /// Text or blob, byte for byte; valid until the next row.
  [[nodiscard]] std::string_view bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  Connected& db_;
  sqlite3_stmt* statement_;
};

inline std::optional<std::int64_t> first_integer(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

struct Blob {
  const void* data;
  std::size_t size;
};

/// SQL that is prepared at its first use and kept. The SQL and the connection outlive it.
class Statement {
 public:
  Statement(Connected& db, const char* sql) : db_(db), sql_(sql) {}

  /// Binds the arguments (integers, views as text, blobs, nullptr; not copied: they must live until the rows are gone).
  template <class... Arguments>
  [[nodiscard]] Rows operator()(const Arguments&... arguments) {
    if (!prepare()) return {db_, nullptr};
    int index = 0;
    (bind(++index, arguments), ...);
    return {db_, handle_.get()};
  }
  /// Runs it to its end; true if it did not fail.
  template <class... Arguments>
  bool run(const Arguments&... arguments) {
    auto rows = (*this)(arguments...);
    while (rows.next()) {
    }
    return db_.failure() == SQLITE_OK;
  }

  // One by one, for statements with many parameters: prepare, bind each (from 1), run.
  bool prepare() {
    if (db_.failure() != SQLITE_OK) return false;
    if (handle_) return true;
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    handle_.reset(statement);
    if (code != SQLITE_OK) db_.fail(sqlite3_extended_errcode(db_.get()));
    return code == SQLITE_OK;
  }
  void bind(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_.get(), index)); }
  void bind(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_.get(), index, value)); }
  void bind(int index, std::string_view text) {
    check(sqlite3_bind_text64(handle_.get(), index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
  }
  void bind(int index, const Blob& blob) {
    check(sqlite3_bind_blob64(handle_.get(), index, blob.data ? blob.data : "", blob.size, SQLITE_STATIC));
  }

  bool run_bound() {
    Rows rows(db_, handle_.get());
    while (rows.next()) {
    }
    return db_.failure() == SQLITE_OK;
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) db_.fail(code);
  }

  Connected& db_;
  const char* sql_;
  StatementHandle handle_;
};

}  // namespace ductape::inline v0::local
