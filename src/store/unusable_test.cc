// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "src/store/location.h"
#include "src/store/mount_namespace_test.h"
#include "src/store/scratch_directory_test.h"
#include "src/store/sqlite/database.h"

// Stores that cannot be used: each says which file, why and what to do, and is left as it was.
namespace ductape::inline v0::store {
namespace {

const Key shop{Kind::product, "shop", ""};

Result<std::unique_ptr<Store>> open_at(const std::string& directory) { return open(parse_location(directory).value()); }

Result<std::uint64_t> put(Store& store, const Key& key, const std::string& body) {
  auto transaction = store.begin();
  if (!transaction) return std::move(transaction).error();
  auto revision = (*transaction)->put(key, body);
  if (!revision) return revision;
  if (auto done = (*transaction)->commit(); !done) return std::move(done).error();
  return revision;
}

void run(const std::string& file, const char* sql) { sqlite::Database::open(file, patience).value()->run(sql).value(); }

void expect_unusable(const Error& error, Errc code, const std::string& file) {
  EXPECT_EQ(error.code, code) << error.message;
  EXPECT_EQ(error.name(), "STORE_UNUSABLE");
  EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
  EXPECT_FALSE(error.hint.empty());
}

TEST(UnusableStore, NotADatabase) {
  ScratchDirectory scratch;
  const std::string text(5000, 'x');
  scratch.write("registry.db", text);
  const auto store = open_at(scratch.path());
  ASSERT_FALSE(store);
  expect_unusable(store.error(), Errc::data_loss, scratch.path("registry.db"));
  EXPECT_EQ(scratch.read("registry.db"), text);
}

TEST(UnusableStore, DamagedPages) {
  ScratchDirectory scratch;
  {
    auto store = open_at(scratch.path()).value();
    for (int i = 0; i < 50; ++i)
      (void)put(*store, {Kind::product, std::to_string(i), ""}, std::string(500, 'a')).value();
  }
  auto bytes = scratch.read("registry.db");
  ASSERT_GT(bytes.size(), 8192u);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(0xa5);
  scratch.write("registry.db", bytes);
  auto store = open_at(scratch.path());
  const auto records = store ? (*store)->load() : Result<std::vector<Record>>(store.error());
  ASSERT_FALSE(records);
  expect_unusable(records.error(), Errc::data_loss, scratch.path("registry.db"));
}

TEST(UnusableStore, Truncated) {
  ScratchDirectory scratch;
  {
    auto store = open_at(scratch.path()).value();
    for (int i = 0; i < 50; ++i)
      (void)put(*store, {Kind::product, std::to_string(i), ""}, std::string(500, 'a')).value();
  }
  std::filesystem::resize_file(scratch.path("registry.db"), 4096 + 100);
  auto store = open_at(scratch.path());
  const auto records = store ? (*store)->load() : Result<std::vector<Record>>(store.error());
  ASSERT_FALSE(records);
  expect_unusable(records.error(), Errc::data_loss, scratch.path("registry.db"));
}

TEST(UnusableStore, NewerThanThisProgram) {
  ScratchDirectory scratch;
  (void)put(*open_at(scratch.path()).value(), shop, "{}").value();
  run(scratch.path("registry.db"), "PRAGMA user_version=7");
  const auto before = scratch.read("registry.db");
  const auto store = open_at(scratch.path());
  ASSERT_FALSE(store);
  expect_unusable(store.error(), Errc::unsupported, scratch.path("registry.db"));
  EXPECT_NE(store.error().message.find("the store has version 7, this program reads version 1"), std::string::npos);
  EXPECT_EQ(scratch.read("registry.db"), before);
}

TEST(UnusableStore, AnotherProgramsDatabase) {
  ScratchDirectory scratch;
  run(scratch.path("registry.db"), "CREATE TABLE bookmarks(url TEXT)");
  const auto store = open_at(scratch.path());
  ASSERT_FALSE(store);
  expect_unusable(store.error(), Errc::unsupported, scratch.path("registry.db"));
}

TEST(UnusableStore, TheDirectoryIsAFile) {
  ScratchDirectory scratch;
  scratch.write("file", "x");
  const auto store = open_at(scratch.path("file"));
  ASSERT_FALSE(store);
  expect_unusable(store.error(), Errc::invalid_argument, scratch.path("file"));
  EXPECT_FALSE(open_at(scratch.path("file/below")));
}

TEST(UnusableStore, TheFileIsADirectory) {
  ScratchDirectory scratch;
  std::filesystem::create_directory(scratch.path("registry.db"));
  const auto store = open_at(scratch.path());
  ASSERT_FALSE(store);
  expect_unusable(store.error(), Errc::invalid_argument, scratch.path("registry.db"));
}

TEST(UnusableStore, RemovedWhileInUse) {
  ScratchDirectory scratch;
  auto store = open_at(scratch.path()).value();
  (void)put(*store, shop, "{}").value();
  std::filesystem::remove(scratch.path("registry.db"));
  const auto revision = put(*store, shop, "{}");
  ASSERT_FALSE(revision) << "written to a file that nobody can open any more";
  expect_unusable(revision.error(), Errc::data_loss, scratch.path("registry.db"));
  EXPECT_FALSE(store->change_token());
  EXPECT_TRUE(put(*open_at(scratch.path()).value(), shop, "{}"));  // as the hint says
}

TEST(UnusableStore, LockedByAnotherIsNotUnusable) {
  ScratchDirectory scratch;
  auto other = open_at(scratch.path()).value();
  auto store = open(parse_location(scratch.path()).value(), std::chrono::milliseconds(20)).value();
  auto held = other->begin().value();
  const auto revision = put(*store, shop, "{}");
  ASSERT_FALSE(revision);
  EXPECT_EQ(revision.error().code, Errc::unavailable);
  EXPECT_EQ(revision.error().name(), "UNAVAILABLE");
  held.reset();
  EXPECT_TRUE(put(*store, shop, "{}"));
}

// Root may write where nobody else may, so these use real mounts that only this process sees.

TEST(UnusableStore, ReadOnlyFileSystem) {
  in_mount_namespace([] {
    ScratchDirectory scratch;
    ASSERT_TRUE(mount_tmpfs(scratch.path(), "size=1m"));
    ASSERT_TRUE(open_at(scratch.path("store")));
    ASSERT_TRUE(remount_read_only(scratch.path()));
    for (const char* name : {"store", "not/there"}) {
      const auto store = open_at(scratch.path(name));
      ASSERT_FALSE(store);
      expect_unusable(store.error(), Errc::permission_denied, scratch.path());
    }
    unmount(scratch.path());
  });
}

TEST(UnusableStore, FullDisk) {
  in_mount_namespace([] {
    ScratchDirectory scratch;
    ASSERT_TRUE(mount_tmpfs(scratch.path(), "size=256k"));
    auto store = open_at(scratch.path()).value();
    (void)put(*store, shop, "{}").value();
    std::size_t kept = 1;
    Result<std::uint64_t> last = std::uint64_t{0};
    for (; kept < 1000; ++kept) {
      last = put(*store, {Kind::broker, "shop", std::to_string(kept)}, std::string(4000, 'x'));
      if (!last) break;
    }
    ASSERT_FALSE(last) << "256 KiB took 4 MB";
    expect_unusable(last.error(), Errc::unavailable, scratch.path("registry.db"));
    EXPECT_NE(last.error().message.find("full"), std::string::npos) << last.error().message;
    // What was kept is whole, what failed left nothing, and with room again it goes on.
    EXPECT_EQ(store->load().value().size(), kept);
    ASSERT_TRUE(remount(scratch.path(), "size=4m"));
    EXPECT_TRUE(put(*store, {Kind::broker, "shop", "again"}, std::string(4000, 'x')));
    store.reset();
    EXPECT_EQ(open_at(scratch.path()).value()->load().value().size(), kept + 1);
    unmount(scratch.path());
  });
}

TEST(UnusableStore, NoRoomToBeginWith) {
  in_mount_namespace([] {
    ScratchDirectory scratch;
    ASSERT_TRUE(mount_tmpfs(scratch.path(), "size=8k"));
    scratch.write("filler", std::string(8192, 'x'));
    const auto store = open_at(scratch.path());
    ASSERT_FALSE(store);
    expect_unusable(store.error(), Errc::unavailable, scratch.path());
    unmount(scratch.path());
  });
}

}  // namespace
}  // namespace ductape::inline v0::store
