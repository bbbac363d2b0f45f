// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "providers/local/database.h"
#include "providers/local/errors.h"
#include "providers/local/filesystem.h"
#include "providers/local/test_support.h"

namespace ductape::inline v0::local::test {
namespace {

class Files : public testing::Test {
 protected:
  /// What a publish and a consumer say of the file as it lies there.
  void expect(Errc code, const std::string& word) {
    Broker broker(directory_.path(), runtime_);
    const auto to = broker.address("orders");
    Sender sender(*broker);
    const auto outcome = sender.send(to, "a", "", "body");
    EXPECT_EQ(outcome.error.code, code) << outcome.error.message;
    EXPECT_EQ(outcome.error.provider, "local");
    EXPECT_EQ(outcome.error.name(), "STORE_UNUSABLE");
    EXPECT_NE(outcome.error.message.find(directory_.file(".db")), std::string::npos) << outcome.error.message;
    EXPECT_NE(outcome.error.message.find(word), std::string::npos) << outcome.error.message;
    EXPECT_NE(outcome.error.hint, "");
    Receiver receiver(*broker, to, {.name = "g"});
    EXPECT_EQ(receiver.wait_ended().code, code);
    EXPECT_EQ(broker.probe().error().code, code);
  }
  void make() {
    Broker broker(directory_.path(), runtime_);
    Sender sender(*broker);
    ASSERT_FALSE(sender.send(broker.address("orders"), "a", "", "body").error);
  }
  void execute(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(directory_.file(".db").c_str(), &db), SQLITE_OK);
    const Handle handle(db);
    ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  }

  Directory directory_;
  TestRuntime runtime_;
};

TEST_F(Files, AreMadeAtTheFirstUse) {
  const auto deep = directory_.path() + "/not/there/yet";
  Broker broker(deep, runtime_);
  EXPECT_FALSE(std::filesystem::exists(deep));
  Sender sender(*broker);
  EXPECT_FALSE(sender.send(broker.address("orders"), "a", "", "").error);
  for (const auto* ending : {".db", ".wake", ".turnstile"})
    EXPECT_TRUE(std::filesystem::exists(deep + "/shop.dev.events" + ending)) << ending;
}

TEST_F(Files, KeepWhatWasConfirmed) {
  make();
  Broker broker(directory_.path(), runtime_);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g", .from = "earliest"}}));
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  EXPECT_EQ(receiver.wait(1)[0].body, "body");
}

TEST_F(Files, ThatAreNoDatabaseAreNamed) {
  std::ofstream(directory_.file(".db")) << std::string(5000, '?');
  expect(Errc::data_loss, "damaged");
  EXPECT_EQ(std::filesystem::file_size(directory_.file(".db")), 5000u) << "left as it is";
}

TEST_F(Files, ThatAreCutAreNamed) {
  make();
  std::filesystem::resize_file(directory_.file(".db"), 4096 + 100);
  expect(Errc::data_loss, "damaged");
}

TEST_F(Files, OfSomebodyElseAreLeftAlone) {
  execute("CREATE TABLE theirs(x)");
  expect(Errc::data_loss, "not a file of this broker");
}

TEST_F(Files, OfANewerVersionAreRefused) {
  make();
  execute("PRAGMA user_version=99");
  expect(Errc::unsupported, "99");
}

TEST_F(Files, ThatAreRemovedWhileInUseAreNoticed) {
  Broker broker(directory_.path(), runtime_);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  Receiver receiver(*broker, to, {.name = "g"});
  ASSERT_TRUE(receiver.wait_alive());
  for (const auto* ending : {".db", ".db-wal", ".db-shm"}) std::filesystem::remove(directory_.file(ending));
  Sender sender(*broker);
  const auto outcome = sender.send(to, "a", "", "");
  EXPECT_EQ(outcome.error.code, Errc::data_loss) << outcome.error.message;
  EXPECT_EQ(receiver.wait_ended().code, Errc::data_loss);
  EXPECT_FALSE(sender.send(to, "b", "", "").error) << "a new file is made";
}

TEST_F(Files, AFullDiskIsNamedAndNothingIsHalfThere) {
  const auto full = [&](Broker& broker, Sender& sender) {
    // SQLite's own bound takes the path that ENOSPC takes. It belongs to a connection, so a body does what others
    // would.
    return sender.send(broker.address("orders"), "large", "", std::string(8 << 20, 'x'));
  };
  // A file system of its own would need privileges; a limit on the size of files gives a write error instead.
  std::fflush(nullptr);
  const auto child = fork();
  if (child == 0) {
    struct rlimit limit {};
    limit.rlim_cur = limit.rlim_max = 4 << 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    Sender sender(*broker);
    const bool before = !sender.send(broker.address("orders"), "small", "", "body").error;
    const auto outcome = full(broker, sender);
    const bool after = !sender.send(broker.address("orders"), "after", "", "body").error;
    sender.stop();
    _exit((before ? 0 : 1) | (outcome.error.code == Errc::unavailable ? 0 : 2) | (after ? 0 : 4));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Files, InADirectoryThatCannotBeWrittenAreNamed) {
  if (geteuid() == 0) {
    // Nothing stops root but a file system; so somebody else tries.
    std::fflush(nullptr);
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
    const auto child = fork();
    if (child == 0) {
      if (setuid(65534) != 0) _exit(100);
      TestRuntime runtime;
      Broker broker(directory_.path(), runtime);
      Sender sender(*broker);
      const auto outcome = sender.send(broker.address("orders"), "a", "", "");
      sender.stop();
      const bool named = outcome.error.message.find(directory_.path()) != std::string::npos;
      _exit(outcome.error.code == Errc::permission_denied && named ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return;
  }
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
  Broker broker(directory_.path(), runtime_);
  Sender sender(*broker);
  EXPECT_EQ(sender.send(broker.address("orders"), "a", "", "").error.code, Errc::permission_denied);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
}

TEST_F(Files, UnderAFileAreRefused) {
  std::ofstream(directory_.path() + "/plain") << "x";
  Broker broker(directory_.path() + "/plain/store", runtime_);
  Sender sender(*broker);
  const auto outcome = sender.send(broker.address("orders"), "a", "", "");
  EXPECT_EQ(outcome.error.code, Errc::invalid_argument) << outcome.error.message;
  EXPECT_NE(outcome.error.hint.find("--store"), std::string::npos);
}

TEST(FileSystems, OfOtherMachinesAreKnown) {
  EXPECT_STREQ(network_file_system(0x6969), "NFS");
  EXPECT_STREQ(network_file_system(0xFF534D42), "CIFS");
  EXPECT_STREQ(network_file_system(0xFE534D42), "SMB2");
  EXPECT_NE(network_file_system(0x65735546), nullptr) << "FUSE";
  EXPECT_EQ(network_file_system(0xEF53), nullptr) << "ext4";
  EXPECT_EQ(network_file_system(0x01021994), nullptr) << "tmpfs";
}

TEST(Errors, EveryRowOfTheTableIsFound) {
  ASSERT_FALSE(native_codes().empty());
  for (const auto& row : native_codes()) {
    const auto error = from_sqlite(row.sqlite, "/x/y.db");
    EXPECT_EQ(error.code, row.code) << row.sqlite;
    EXPECT_EQ(error.provider, "local");
    EXPECT_EQ(error.message, "/x/y.db: " + std::string(row.what)) << row.sqlite;
    EXPECT_EQ(error.hint, row.hint);
    EXPECT_NE(error.hint, "");
    EXPECT_NE(error.native.find(std::to_string(row.sqlite)), std::string::npos);
  }
  EXPECT_EQ(from_sqlite(SQLITE_IOERR_FSYNC, "f").code, Errc::unavailable) << "by its primary code";
  EXPECT_EQ(from_sqlite(SQLITE_MISUSE, "f").code, Errc::internal) << "not in the table";
  EXPECT_EQ(from_errno(ENOSPC, "cannot be made", "f").code, Errc::unavailable);
  EXPECT_EQ(from_errno(EROFS, "cannot be made", "f").code, Errc::permission_denied);
  EXPECT_EQ(from_errno(ENOTDIR, "cannot be made", "f").code, Errc::invalid_argument);
  EXPECT_EQ(from_errno(EMFILE, "cannot be opened", "f").hint.find("raise"), 0u);
}

TEST(Errors, SQLitesOwnFullDiskIsUnavailable) {
  Directory directory;
  auto database = Database::open(directory.file(".db")).value();
  Statement limit(database->connected(), "PRAGMA max_page_count=30");
  limit.run();
  Statement fill(database->connected(), "INSERT INTO messages VALUES(1,1,'a',0,NULL,x'',zeroblob(1000000))");
  database->begin(true);
  fill.run();
  EXPECT_FALSE(database->commit());
  EXPECT_EQ(database->connected().failure(), SQLITE_FULL);
  EXPECT_EQ(database->error().code, Errc::unavailable);
  EXPECT_NE(database->error().message.find("full"), std::string::npos);
  database->rollback();
  EXPECT_TRUE(database->begin(true));
  EXPECT_TRUE(database->commit());
}

}  // namespace
}  // namespace ductape::inline v0::local::test
