// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/sqlite_store.h"

#include <cassert>
#include <filesystem>
#include <optional>

#include <ductape/driver/file_system.hpp>

#include "src/store/file_error.h"
#include "src/store/sqlite/database.h"
#include "src/store/sqlite/errors.h"
#include "src/store/sqlite/schema.h"

namespace ductape::inline v0::store::sqlite {
namespace {

void bind(Statement& statement, const Key& key) {
  statement.bind(1, static_cast<std::uint64_t>(key.kind));
  statement.bind(2, key.product);
  statement.bind(3, key.tag);
}

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(Database& database, Statement& put, Statement& erase)
      : database_(database), put_(put), erase_(erase) {}
  ~SqliteTransaction() override {
    if (open_) (void)database_.run("ROLLBACK");
  }

  Result<std::uint64_t> put(const Key& key, const std::string& body) override {
    if (revision_ == 0) {
      auto next = database_.number("UPDATE counter SET revision = revision + 1 RETURNING revision");
      if (!next) return next;
      revision_ = *next;
    }
    bind(put_, key);
    put_.bind(4, revision_);
    put_.bind(5, body);
    if (auto done = put_.step(); !done) return std::move(done).error();
    return revision_;
  }

  Result<void> erase(const Key& key) override {
    bind(erase_, key);
    if (auto done = erase_.step(); !done) return std::move(done).error();
    return {};
  }

  Result<void> commit() override {
    assert(open_);
    auto done = database_.run("COMMIT");
    open_ = !done;
    return done;
  }

 private:
  Database& database_;
  Statement& put_;
  Statement& erase_;
  std::uint64_t revision_ = 0;
  bool open_ = true;
};

class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& file, std::chrono::milliseconds wait) {
    auto database = Database::open(file, wait);
    if (!database) return std::move(database).error();
    auto& db = **database;
    // SQLite opens a file that it may not write without a word.
    if (db.read_only()) return make_error(SQLITE_READONLY, 0, "read-only", file);
    if (auto done = make_ready(db); !done) return std::move(done).error();
    auto version = db.prepare("PRAGMA data_version");
    if (!version) return std::move(version).error();
    auto put = db.prepare(
        "INSERT INTO record(kind, product, tag, revision, body) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body");
    if (!put) return std::move(put).error();
    auto erase = db.prepare("DELETE FROM record WHERE kind = ? AND product = ? AND tag = ?");
    if (!erase) return std::move(erase).error();
    return std::unique_ptr<Store>(
        new SqliteStore(std::move(*database), std::move(*version), std::move(*put), std::move(*erase)));
  }

  Result<std::uint64_t> change_token() override {
    if (auto done = database_->check_in_place(); !done) return std::move(done).error();
    auto row = data_version_.step();
    if (!row) return std::move(row).error();
    const auto token = data_version_.number(0);
    data_version_.reset();
    return token;
  }

  Result<std::vector<Record>> load() override {
    auto rows = database_->prepare("SELECT kind, product, tag, body, revision FROM record ORDER BY kind, product, tag");
    if (!rows) return std::move(rows).error();
    std::vector<Record> records;
    for (;;) {
      auto row = rows->step();
      if (!row) return std::move(row).error();
      if (!*row) return records;
      records.push_back({{static_cast<Kind>(rows->number(0)), std::string(rows->text(1)), std::string(rows->text(2))},
                         std::string(rows->text(3)),
                         rows->number(4)});
    }
  }

  Result<std::unique_ptr<Transaction>> begin() override {
    if (auto done = database_->check_in_place(); !done) return std::move(done).error();
    if (auto begun = database_->run("BEGIN IMMEDIATE"); !begun) return std::move(begun).error();
    return std::unique_ptr<Transaction>(new SqliteTransaction(*database_, put_, erase_));
  }

 private:
  SqliteStore(std::unique_ptr<Database> database, Statement version, Statement put, Statement erase)
      : database_(std::move(database)),
        data_version_(std::move(version)),
        put_(std::move(put)),
        erase_(std::move(erase)) {}

  static Result<void> make_ready(Database& database) {
    return database.set_up([&] {
      auto done = prepare_schema(database);
      if (done) done = database.run("PRAGMA journal_mode=WAL");
      if (done) done = database.run("PRAGMA synchronous=FULL");
      return done;
    });
  }

  std::unique_ptr<Database> database_;  // first, so that it outlives the statements
  Statement data_version_, put_, erase_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_directory(const std::string& directory, std::chrono::milliseconds wait) {
  if (auto local = refuse_network(directory, driver::file_system_of(directory)); !local) return local.error();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return file_error(error.value(), directory);
  return SqliteStore::open(directory + "/registry.db", wait);
}

Result<std::unique_ptr<Store>> open_memory() { return SqliteStore::open(":memory:", patience); }

}  // namespace ductape::inline v0::store::sqlite
