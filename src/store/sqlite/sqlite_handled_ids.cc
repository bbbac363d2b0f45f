// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/sqlite_handled_ids.h"

#include <mutex>

#include "src/store/sqlite/database.h"

namespace ductape::inline v0::store::sqlite {
namespace {

constexpr const char* handled_ids_schema =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE IF NOT EXISTS handled(grp TEXT, id TEXT, owner INTEGER, until INTEGER, PRIMARY KEY(grp, id)) "
    "WITHOUT ROWID;"  // owner 0: handled
    "CREATE INDEX IF NOT EXISTS handled_until ON handled(until)";

// As the statements bind them.
std::uint64_t number(model::HandledIds::Time time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

class SqliteHandledIds final : public model::HandledIds {
 public:
  static Result<std::unique_ptr<model::HandledIds>> open(const std::string& file, std::chrono::milliseconds wait) {
    auto database = Database::open(file, wait);
    if (!database) return std::move(database).error();
    const auto made = (*database)->set_up([&] { return (*database)->run(handled_ids_schema); });
    if (!made) return made.error();
    auto take = (*database)->prepare(
        "INSERT INTO handled(grp, id, owner, until) VALUES(?1, ?2, ?3, ?5) "
        "ON CONFLICT DO UPDATE SET owner=excluded.owner, until=excluded.until WHERE until <= ?4 OR owner = ?3");
    auto look = (*database)->prepare("SELECT owner FROM handled WHERE grp=?1 AND id=?2 AND until > ?3");
    auto mark = (*database)->prepare(
        "INSERT INTO handled(grp, id, owner, until) VALUES(?1, ?2, 0, ?3) "
        "ON CONFLICT DO UPDATE SET owner=0, until=excluded.until");
    auto give_up = (*database)->prepare("DELETE FROM handled WHERE grp=?1 AND id=?2 AND owner=?3");
    auto clean = (*database)->prepare(
        "DELETE FROM handled WHERE (grp, id) IN (SELECT grp, id FROM handled WHERE until <= ?1 LIMIT 1000)");
    for (const auto* statement : {&take, &look, &mark, &give_up, &clean})
      if (!*statement) return statement->error();
    return std::unique_ptr<model::HandledIds>(new SqliteHandledIds(std::move(*database), std::move(*take),
                                                                   std::move(*look), std::move(*mark),
                                                                   std::move(*give_up), std::move(*clean)));
  }

  Result<Standing> take(std::string_view group, std::string_view id, std::uint64_t owner, Time now,
                        Time until) override {
    const std::lock_guard lock(mutex_);
    // A reservation that a power cut takes away is one whose owner it took away too. Not OFF: a checkpoint must sync.
    std::uint64_t has = owner;
    const auto done = transact("PRAGMA synchronous=NORMAL", [&]() -> Result<void> {
      bind(take_, group, id);
      take_.bind(3, owner);
      take_.bind(4, number(now));
      take_.bind(5, number(until));
      if (auto taken = take_.step(); !taken) return std::move(taken).error();
      bind(look_, group, id);
      look_.bind(3, number(now));
      const auto row = look_.step();
      if (!row) return row.error();
      if (*row) has = look_.number(0);
      look_.reset();
      return {};
    });
    if (!done) return done.error();
    return has == owner ? Standing::ours : has == 0 ? Standing::handled : Standing::taken;
  }

  Result<void> handled(std::string_view group, std::string_view id, Time now, Time until) override {
    const std::lock_guard lock(mutex_);
    return transact("PRAGMA synchronous=FULL", [&]() -> Result<void> {
      bind(mark_, group, id);
      mark_.bind(3, number(until));
      if (auto done = mark_.step(); !done) return std::move(done).error();
      if (++marks_ % 256 != 0) return {};
      clean_.bind(1, number(now));
      if (auto done = clean_.step(); !done) return std::move(done).error();
      return {};
    });
  }

  Result<void> give_up(std::string_view group, std::string_view id, std::uint64_t owner) override {
    const std::lock_guard lock(mutex_);
    bind(give_up_, group, id);
    give_up_.bind(3, owner);
    if (auto done = give_up_.step(); !done) return std::move(done).error();
    return {};
  }

 private:
  SqliteHandledIds(std::unique_ptr<Database> database, Statement take, Statement look, Statement mark,
                   Statement give_up, Statement clean)
      : database_(std::move(database)),
        take_(std::move(take)),
        look_(std::move(look)),
        mark_(std::move(mark)),
        give_up_(std::move(give_up)),
        clean_(std::move(clean)) {}

  static void bind(Statement& statement, std::string_view group, std::string_view id) {
    statement.bind(1, group);
    statement.bind(2, id);
  }
  Result<void> transact(const char* synchronous, const std::function<Result<void>()>& work) {
    if (auto done = database_->check_in_place(); !done) return done;
    if (auto done = database_->run(synchronous); !done) return done;
    return database_->transact(work);
  }

  std::mutex mutex_;
  std::unique_ptr<Database> database_;  // before the statements, so that it outlives them
  Statement take_, look_, mark_, give_up_, clean_;
  std::uint64_t marks_ = 0;
};

}  // namespace

Result<std::unique_ptr<model::HandledIds>> open_handled_ids(const std::string& file, std::chrono::milliseconds wait) {
  return SqliteHandledIds::open(file, wait);
}

}  // namespace ductape::inline v0::store::sqlite
