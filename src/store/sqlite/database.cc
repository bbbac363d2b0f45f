// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/database.h"

#include <thread>

#include "src/store/sqlite/errors.h"

namespace ductape::inline v0::store::sqlite {
namespace {

Error error_of(sqlite3* handle, const std::string& file) {
  return make_error(sqlite3_extended_errcode(handle), sqlite3_system_errno(handle), sqlite3_errmsg(handle), file);
}

}  // namespace

void Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int index, std::uint64_t number) {
  sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(number));
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  auto error = error_of(sqlite3_db_handle(statement_.get()), *file_);
  sqlite3_reset(statement_.get());
  return error;
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

Result<std::unique_ptr<Database>> Database::open(const std::string& file, std::chrono::milliseconds wait) {
  std::unique_ptr<Database> database(new Database(file, wait));
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database->handle_.reset(handle);  // also after a failure there is something to close
  if (!handle) return make_error(SQLITE_NOMEM, 0, "out of memory", file);
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return database->error();
  sqlite3_busy_timeout(handle, static_cast<int>(wait.count()));
  return database;
}

Result<void> Database::check_in_place() {
  int moved = 0;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved == 0) return {};
  return make_error(SQLITE_READONLY_DBMOVED, 0, "moved", file_);
}

Result<void> Database::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error();
}

Result<void> Database::set_up(const std::function<Result<void>()>& work) {
  const auto until = std::chrono::steady_clock::now() + wait_;
  for (;;) {
    auto done = work();
    const bool locked = !done && done.error().code == Errc::unavailable && !done.error().documented;
    if (!locked || std::chrono::steady_clock::now() >= until) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<void> Database::transact(const std::function<Result<void>()>& work) {
  if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (done) done = run("COMMIT");
  if (!done) (void)run("ROLLBACK");
  return done;
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return error();
  return Statement(statement, file_);
}

Result<std::uint64_t> Database::number(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  auto row = statement->step();
  if (!row) return std::move(row).error();
  return *row ? statement->number(0) : 0;
}

Error Database::error() const { return error_of(handle_.get(), file_); }

}  // namespace ductape::inline v0::store::sqlite
