// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/schema.h"

#include "src/store/store.h"

namespace ductape::inline v0::store::sqlite {
namespace {

constexpr std::uint64_t application_id = 0x64756374;  // "duct"

constexpr auto tables = R"(
  CREATE TABLE record(kind INTEGER NOT NULL, product TEXT NOT NULL, tag TEXT NOT NULL, revision INTEGER NOT NULL,
                      body TEXT NOT NULL, PRIMARY KEY(kind, product, tag)) STRICT, WITHOUT ROWID;
  CREATE TABLE counter(revision INTEGER NOT NULL) STRICT;
  INSERT INTO counter VALUES(0);
  PRAGMA application_id=0x64756374;
  PRAGMA user_version=1;)";
static_assert(schema_version == 1);

Error refused(const Database& database, const std::string& what, const char* hint) {
  return {.code = Errc::unsupported, .message = database.file() + ": " + what, .hint = hint, .documented = unusable};
}

// Whether the tables are there; if not, whether they may be made.
Result<bool> look(Database& database) {
  auto id = database.number("PRAGMA application_id");
  if (!id) return std::move(id).error();
  auto version = database.number("PRAGMA user_version");
  if (!version) return std::move(version).error();
  auto objects = database.number("SELECT count(*) FROM sqlite_master");
  if (!objects) return std::move(objects).error();
  if (*id == 0 && *version == 0 && *objects == 0) return false;
  if (*id != application_id)
    return refused(database, "this SQLite database belongs to another program", "choose another directory");
  if (*version > schema_version)
    return refused(database,
                   "the store has version " + std::to_string(*version) + ", this program reads version " +
                       std::to_string(schema_version) + " at most",
                   "use the newer ductape that wrote it; nothing was changed");
  return true;
}

// Says yes only if they are, without a lock.
bool ready(Database& database) {
  const auto id = database.number("PRAGMA application_id");
  const auto version = database.number("PRAGMA user_version");
  return id && *id == application_id && version && *version == schema_version;
}

}  // namespace

Result<void> prepare_schema(Database& database) {
  if (ready(database)) return {};
  // Somebody else may be making them just now; the answers of `look` belong together only under the lock.
  return database.transact([&]() -> Result<void> {
    const auto there = look(database);
    if (!there) return there.error();
    return *there ? Result<void>() : database.run(tables);
  });
}

}  // namespace ductape::inline v0::store::sqlite
