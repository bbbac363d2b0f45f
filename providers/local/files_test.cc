// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include <ductape/driver/fault.hpp>

#include "providers/local/database.h"
#include "providers/local/errors.h"
#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

class Files : public testing::Test {
 protected:
  /// What a publish and a consumer say of the file as it lies there.
  void expect(Errc code, const std::string& word) {
    TestRuntime runtime;
    {
      // Who only asks how it is uses the file as little as can be.
      Broker asked(directory_.path(), runtime);
      (void)asked.address("orders");
      EXPECT_EQ(asked.probe().error().code, code);
    }
    Broker broker(directory_.path(), runtime);
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
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    Sender sender(*broker);
    ASSERT_FALSE(sender.send(broker.address("orders"), "a", "", "body").error);
  }
  /// The ids in topic `orders`.
  std::set<std::string> kept() {
    TestRuntime runtime;
    Broker broker(directory_.path(), runtime);
    std::set<std::string> ids;
    const auto to = broker.address("orders");
    if (!broker.provision(Broker::topic("orders"), {{.name = "kept", .from = "earliest"}})) return {};
    const auto count = broker.inspect(to, "kept").value().waiting.value();
    Receiver receiver(*broker, to, {.name = "kept"});
    for (const auto& got : receiver.wait(count)) ids.insert(got.id);
    return ids;
  }
  Directory directory_;
};

TEST_F(Files, AreMadeAtTheFirstUse) {
  const auto deep = directory_.path() + "/not/there/yet";
  TestRuntime runtime;
  Broker broker(deep, runtime);
  EXPECT_FALSE(std::filesystem::exists(deep));
  Sender sender(*broker);
  EXPECT_FALSE(sender.send(broker.address("orders"), "a", "", "").error);
  for (const auto* ending : {".db", ".wake", ".turnstile"})
    EXPECT_TRUE(std::filesystem::exists(deep + "/shop.dev.events" + ending)) << ending;
}

TEST_F(Files, KeepWhatWasConfirmed) {
  make();
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
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
  execute(directory_.file(".db"), "CREATE TABLE theirs(x)");
  expect(Errc::data_loss, "not a file of this broker");
}

TEST_F(Files, OfANewerVersionAreRefused) {
  make();
  execute(directory_.file(".db"), "PRAGMA user_version=99");
  expect(Errc::unsupported, "99");
}

TEST_F(Files, ThatAreRemovedWhileInUseAreNoticedByAPublisher) {
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  const auto to = broker.address("orders");
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  for (const auto* ending : {".db", ".db-wal", ".db-shm"}) std::filesystem::remove(directory_.file(ending));
  Sender sender(*broker);
  const auto outcome = sender.send(to, "a", "", "");
  EXPECT_EQ(outcome.error.code, Errc::data_loss) << outcome.error.message;
  EXPECT_FALSE(sender.send(to, "b", "", "").error) << "a new file is made";
}

TEST_F(Files, ThatAreRemovedWhileInUseAreNoticedByAConsumer) {
  TestRuntime runtime;
  Broker broker(directory_.path(), runtime);
  ASSERT_TRUE(broker.provision(Broker::topic("orders"), {{.name = "g"}}));
  Receiver receiver(*broker, broker.address("orders"), {.name = "g"});
  ASSERT_TRUE(receiver.wait_alive());
  for (const auto* ending : {".db", ".db-wal", ".db-shm"}) std::filesystem::remove(directory_.file(ending));
  EXPECT_EQ(receiver.wait_ended().code, Errc::data_loss);
}

/// Runs `body` in a child process, where limits and users may be changed; its result is the exit status.
int in_child(const std::function<int()>& body) {
  std::fflush(nullptr);
  const auto child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST_F(Files, AWriteThatFailsIsNamedAndTheRestGoesOn) {
  EXPECT_EQ(in_child([&] {
              rlimit limit{.rlim_cur = 4 << 20, .rlim_max = 4 << 20};
              setrlimit(RLIMIT_FSIZE, &limit);
              signal(SIGXFSZ, SIG_IGN);
              TestRuntime runtime;
              Broker broker(directory_.path(), runtime);
              const auto to = broker.address("orders");
              Sender sender(*broker);
              if (sender.send(to, "small", "", "body").error) return 1;
              if (sender.send(to, "large", "", std::string(8 << 20, 'x')).error.code != Errc::unavailable) return 2;
              if (sender.send(to, "after", "", "body").error) return 3;
              return 0;
            }),
            0);
  EXPECT_EQ(kept(), (std::set<std::string>{"small", "after"}));
}

TEST_F(Files, AFullDiskIsNamedAndNothingIsHalfThere) {
  if (!driver::has_fault_points()) GTEST_SKIP() << "this build has no fault points";
  make();
  EXPECT_EQ(in_child([&] {
              setenv("DUCTAPE_FAULT", "local.disk_full", 1);
              TestRuntime runtime;
              Broker broker(directory_.path(), runtime);
              const auto to = broker.address("orders");
              Sender sender(*broker);
              // In one transaction with one for which there is room.
              const auto large = sender.submit(to, "large", "", std::string(1 << 20, 'x'));
              const auto small = sender.submit(to, "small", "", "body");
              const auto outcome = sender.wait(large);
              if (outcome.error.message.find("disk is full") == std::string::npos) return 1;
              if (outcome.error.code != Errc::unavailable || outcome.error.name() != "STORE_UNUSABLE") return 2;
              if (sender.wait(small).error) return 3;
              return 0;
            }),
            0);
  EXPECT_EQ(kept(), (std::set<std::string>{"a", "small"}));
}

TEST_F(Files, InADirectoryThatCannotBeWrittenAreNamed) {
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
  EXPECT_EQ(in_child([&] {
              if (geteuid() == 0 && setuid(65534) != 0) return 100;  // root may write everywhere
              TestRuntime runtime;
              Broker broker(directory_.path(), runtime);
              Sender sender(*broker);
              const auto outcome = sender.send(broker.address("orders"), "a", "", "");
              if (outcome.error.code != Errc::permission_denied) return 1;
              return outcome.error.message.find(directory_.path()) == std::string::npos ? 2 : 0;
            }),
            0);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
}

TEST_F(Files, UnderAFileAreRefused) {
  std::ofstream(directory_.path() + "/plain") << "x";
  TestRuntime runtime;
  Broker broker(directory_.path() + "/plain/store", runtime);
  Sender sender(*broker);
  const auto outcome = sender.send(broker.address("orders"), "a", "", "");
  EXPECT_EQ(outcome.error.code, Errc::invalid_argument) << outcome.error.message;
  EXPECT_NE(outcome.error.hint.find("--store"), std::string::npos);
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
  database->begin();
  fill.run();
  EXPECT_FALSE(database->commit());
  EXPECT_EQ(database->connected().failure(), SQLITE_FULL);
  EXPECT_EQ(database->error().code, Errc::unavailable);
  EXPECT_NE(database->error().message.find("full"), std::string::npos);
  database->rollback();
  EXPECT_TRUE(database->begin());
  EXPECT_TRUE(database->commit());
}

}  // namespace
}  // namespace ductape::inline v0::local::test
