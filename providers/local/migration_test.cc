// SPDX-License-Identifier: Apache-2.0
// A file that an earlier version made.
#include <gtest/gtest.h>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

/// Version 1, with a group that has had six of eight messages: two done, one handed out by grant, one parked, two dead.
constexpr const char* first_version = R"sql(
PRAGMA application_id=1685414772; PRAGMA user_version=1; PRAGMA journal_mode=WAL;
CREATE TABLE topics(
  id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE, ordered INTEGER NOT NULL, floor INTEGER NOT NULL DEFAULT 0);
CREATE TABLE messages(
  pos INTEGER PRIMARY KEY, topic INTEGER NOT NULL, id NOT NULL, time INTEGER NOT NULL, key TEXT, meta BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE UNIQUE INDEX message_ids ON messages(id, topic);
CREATE TABLE groups(
  id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, name TEXT NOT NULL, mode INTEGER NOT NULL, start INTEGER NOT NULL,
  cursor INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0, born INTEGER NOT NULL,
  UNIQUE(topic, name));
CREATE TABLE members(
  id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, pid INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE INDEX members_of ON members(grp, until);
CREATE TABLE grants(
  grp INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, owner INTEGER NOT NULL, done BLOB NOT NULL,
  PRIMARY KEY(grp, first)) WITHOUT ROWID;
CREATE TABLE waiting(
  grp INTEGER NOT NULL, pos INTEGER NOT NULL, owner INTEGER NOT NULL, due INTEGER NOT NULL,
  failures INTEGER NOT NULL, deliveries INTEGER NOT NULL, key INTEGER, PRIMARY KEY(grp, pos)) WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting(grp, owner, due) WHERE owner <= 0;
CREATE INDEX waiting_keys ON waiting(grp, key, owner) WHERE key IS NOT NULL;
INSERT INTO sqlite_sequence(name, seq) VALUES('members', 16);
INSERT INTO topics(id, tag, ordered) VALUES(1, 'orders', 0), (2, 'orders/a/dead', 0), (3, 'orders/b/dead', 0);
INSERT INTO groups(id, topic, name, mode, start, cursor, dead, born)
  VALUES(1, 1, 'a', 0, 0, 6, 2, 1), (2, 1, 'b', 0, 8, 8, 0, 1), (3, 1, 'w/broadcast/1', 2, 8, 8, 0, 1);
INSERT INTO messages SELECT (1 << 40) + value, 1, 'm' || value, 1, NULL, x'0100', 'body' FROM generate_series(1, 8);
INSERT INTO messages SELECT (2 << 40) + value, 2, 'm' || value || '/a', 1, NULL, x'0100', 'body'
  FROM generate_series(1, 2);
INSERT INTO grants VALUES(1, (1 << 40) + 1, (1 << 40) + 6, 17, x'1f');
INSERT INTO waiting VALUES(1, (1 << 40) + 5, 0, 1, 2, 3, NULL);
)sql";

std::string without_series(std::string sql) {
  const std::string numbers = "(SELECT 1 AS value UNION SELECT 2",
                    rest =
                        " UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8)";
  const auto put = [&](const std::string& what, const std::string& with) {
    sql.replace(sql.find(what), what.size(), with);
  };
  put("generate_series(1, 8)", numbers + rest);
  put("generate_series(1, 2)", numbers + ")");
  return sql;
}

std::string columns(const std::string& file) {
  const char* sql =
      "SELECT group_concat(t.name || '.' || c.name || ' ' || c.type || c.\"notnull\" || c.pk || "
      "ifnull(c.dflt_value, ''), char(10)) FROM (SELECT * FROM sqlite_schema WHERE type='table' ORDER BY name) t, "
      "(SELECT * FROM pragma_table_info(t.name) ORDER BY name) c";
  const char* rest =
      "SELECT group_concat(type || ' ' || name || ' ' || ifnull(sql, ''), char(10)) FROM (SELECT * FROM sqlite_schema "
      "WHERE type<>'table' ORDER BY name)";
  return query_text(file, sql) + '\n' + query_text(file, rest);
}

TEST(Migration, OfTheFirstVersionKeepsEverything) {
  Directory directory;
  execute(directory.file(".db"), without_series(first_version));
  TestRuntime runtime;
  Broker broker(directory.path(), runtime);
  const auto orders = broker.address("orders"), dead = broker.dead_letters("orders", "a");
  const auto state = broker.inspect(orders, "a");
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->waiting, 3u);
  EXPECT_EQ(state->in_flight, 1u);
  EXPECT_EQ(state->done, 2u - 0u);
  EXPECT_EQ(state->dead, 2u);
  EXPECT_EQ(state->data_loss, 0u);
  EXPECT_EQ(query(directory.file(".db"), "PRAGMA user_version"), 2);

  Receiver letters(*broker, dead, {.name = "a"});
  EXPECT_EQ(letters.wait(2)[1].id, "m2/a");
  Receiver receiver(*broker, orders, {.name = "a"}, 30s, 1);
  const auto got = receiver.wait(1)[0];
  EXPECT_EQ(got.id, "m5");
  EXPECT_EQ(got.failures, 2u);
  EXPECT_FALSE(got.first_failure);
  Receiver none(*broker, broker.dead_letters("orders", "b"), {.name = "b"});
  EXPECT_TRUE(none.wait_alive());
}

TEST(Migration, EndsWhereANewFileBegins) {
  Directory old_one, new_one;
  execute(old_one.file(".db"), without_series(first_version));
  TestRuntime runtime;
  for (auto* directory : {&old_one, &new_one}) {
    Broker broker(directory->path(), runtime);
    ASSERT_TRUE(broker.provision(Broker::topic("orders"), {}));
  }
  EXPECT_EQ(columns(old_one.file(".db")), columns(new_one.file(".db")));
}

TEST(Migration, IsAllOrNothing) {
  Directory directory;
  execute(directory.file(".db"), without_series(first_version) + "DROP INDEX waiting_keys;");
  {
    TestRuntime runtime;
    Broker broker(directory.path(), runtime);
    EXPECT_FALSE(broker.inspect(broker.address("orders"), "a"));
  }
  EXPECT_EQ(query(directory.file(".db"), "PRAGMA user_version"), 1);
  EXPECT_EQ(query(directory.file(".db"), "SELECT count(*) FROM pragma_table_info('topics')"), 4);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
