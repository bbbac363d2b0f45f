// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/sqlite_tallies.h"

#include <algorithm>
#include <mutex>

#include "src/store/sqlite/database.h"

namespace ductape::inline v0::store::sqlite {
namespace {

using model::Tally;
using model::tally_fields;

constexpr const char* tallies_schema =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS counted(scope TEXT, name TEXT, count INTEGER, PRIMARY KEY(scope, name)) "
    "WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS of_second(second INTEGER, scope TEXT, name TEXT, count INTEGER, "
    "PRIMARY KEY(second, scope, name)) WITHOUT ROWID";

std::uint64_t second_of(model::Tallies::Time time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

class SqliteTallies final : public model::Tallies {
 public:
  static Result<std::unique_ptr<model::Tallies>> open(const std::string& file, std::chrono::milliseconds wait) {
    auto database = Database::open(file, wait);
    if (!database) return std::move(database).error();
    const auto made = (*database)->set_up([&] { return (*database)->run(tallies_schema); });
    if (!made) return made.error();
    auto count = (*database)->prepare(
        "INSERT INTO counted(scope, name, count) VALUES(?1, ?2, ?3) "
        "ON CONFLICT DO UPDATE SET count=count+excluded.count");
    auto count_second = (*database)->prepare(
        "INSERT INTO of_second(scope, name, count, second) VALUES(?1, ?2, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET count=count+excluded.count");
    auto clean = (*database)->prepare("DELETE FROM of_second WHERE second < ?1");
    auto read = (*database)->prepare("SELECT name, count FROM counted WHERE scope=?1");
    // A second that is not over yet would make every rate too low.
    auto read_recent = (*database)->prepare(
        "SELECT name, sum(count) FROM of_second WHERE second >= ?2 AND second < ?3 AND scope=?1 GROUP BY name");
    for (const auto* statement : {&count, &count_second, &clean, &read, &read_recent})
      if (!*statement) return statement->error();
    return std::unique_ptr<model::Tallies>(new SqliteTallies(std::move(*database), std::move(*count),
                                                             std::move(*count_second), std::move(*clean),
                                                             std::move(*read), std::move(*read_recent)));
  }

  Result<void> add(std::span<const Entry> entries, Time now) override {
    const std::lock_guard lock(mutex_);
    if (auto done = database_->check_in_place(); !done) return done;
    return database_->transact([&] { return write(entries, second_of(now)); });
  }

  Result<Kept> read(std::string_view scope, Time now) override {
    const std::lock_guard lock(mutex_);
    const auto second = second_of(now);
    Kept kept;
    read_.bind(1, scope);
    if (auto done = read_all(read_, kept.all); !done) return std::move(done).error();
    read_recent_.bind(1, scope);
    read_recent_.bind(2, second - std::min<std::uint64_t>(second, window.count()));
    read_recent_.bind(3, second);
    if (auto done = read_all(read_recent_, kept.recent); !done) return std::move(done).error();
    return kept;
  }

  Result<void> forget(std::string_view scope) override {
    const std::lock_guard lock(mutex_);
    return database_->transact([&]() -> Result<void> {
      for (const char* sql : {"DELETE FROM counted WHERE scope=?1", "DELETE FROM of_second WHERE scope=?1"}) {
        auto statement = database_->prepare(sql);
        if (!statement) return std::move(statement).error();
        statement->bind(1, scope);
        if (auto done = statement->step(); !done) return std::move(done).error();
      }
      return {};
    });
  }

 private:
  SqliteTallies(std::unique_ptr<Database> database, Statement count, Statement count_second, Statement clean,
                Statement read, Statement read_recent)
      : database_(std::move(database)),
        count_(std::move(count)),
        count_second_(std::move(count_second)),
        clean_(std::move(clean)),
        read_(std::move(read)),
        read_recent_(std::move(read_recent)) {}

  Result<void> write(std::span<const Entry> entries, std::uint64_t second) {
    for (const auto& [scope, seen] : entries)
      for (const auto& [name, count] : tally_fields) {
        if (seen.*count == 0) continue;
        for (auto* statement : {&count_, &count_second_}) {
          statement->bind(1, scope);
          statement->bind(2, name);
          statement->bind(3, seen.*count);
          if (statement == &count_second_) statement->bind(4, second);
          if (auto done = statement->step(); !done) return std::move(done).error();
        }
      }
    clean_.bind(1, second - std::min<std::uint64_t>(second, 2 * window.count()));
    if (auto done = clean_.step(); !done) return std::move(done).error();
    return {};
  }

  static Result<void> read_all(Statement& statement, Tally& into) {
    while (true) {
      const auto row = statement.step();
      if (!row) return row.error();
      if (!*row) return {};
      for (const auto& [name, count] : tally_fields)
        if (statement.text(0) == name) into.*count = statement.number(1);
    }
  }

  std::mutex mutex_;
  std::unique_ptr<Database> database_;  // before the statements, so that it outlives them
  Statement count_, count_second_, clean_, read_, read_recent_;
};

}  // namespace

Result<std::unique_ptr<model::Tallies>> open_tallies(const std::string& file, std::chrono::milliseconds wait) {
  return SqliteTallies::open(file, wait);
}

}  // namespace ductape::inline v0::store::sqlite
