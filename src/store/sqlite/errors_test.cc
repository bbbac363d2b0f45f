// SPDX-License-Identifier: Apache-2.0
#include "src/store/sqlite/errors.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <set>

#include "src/store/file_error.h"
#include "src/store/store.h"

namespace ductape::inline v0::store::sqlite {
namespace {

TEST(SqliteErrors, EveryPrimaryCodeStandsInTheTableOnce) {
  std::set<int> codes;
  for (const auto& row : meanings()) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    EXPECT_NE(row.errc, Errc::ok);
    const auto error = make_error(row.code, 0, "words", "/s/registry.db");
    EXPECT_EQ(error.code, row.errc);
    EXPECT_EQ(error.message.find("/s/registry.db: "), 0u);
    EXPECT_EQ(error.name() == unusable, row.unusable) << row.code;
    EXPECT_TRUE(!row.unusable || !error.hint.empty()) << row.code;
  }
  for (int code = SQLITE_ERROR; code <= SQLITE_NOTADB; ++code) EXPECT_TRUE(codes.contains(code)) << code;
}

TEST(SqliteErrors, ExtendedCodesMeanTheirPrimaryOne) {
  EXPECT_EQ(make_error(SQLITE_BUSY_SNAPSHOT, 0, "", "f").code, Errc::unavailable);
  EXPECT_EQ(make_error(SQLITE_CORRUPT_INDEX, 0, "", "f").code, Errc::data_loss);
  EXPECT_EQ(make_error(SQLITE_READONLY_DIRECTORY, 0, "", "f").code, Errc::permission_denied);
  EXPECT_EQ(make_error(SQLITE_READONLY_DBMOVED, 0, "", "f").code, Errc::data_loss);
  EXPECT_EQ(make_error(250, 0, "a code of tomorrow", "f").code, Errc::internal);
}

TEST(SqliteErrors, TheSystemsErrorIsThePlainerOne) {
  EXPECT_EQ(make_error(SQLITE_CANTOPEN, EROFS, "", "f").code, Errc::permission_denied);
  EXPECT_EQ(make_error(SQLITE_IOERR_SHMSIZE, ENOSPC, "", "f").message.substr(0, 19), "f: the disk is full");
  EXPECT_EQ(make_error(SQLITE_IOERR_WRITE, EIO, "", "f").message, "f: reading or writing failed");
  // With other codes the errno may be an old one.
  EXPECT_EQ(make_error(SQLITE_CORRUPT, ENOSPC, "", "f").code, Errc::data_loss);
}

TEST(FileErrors, TellWhatToDo) {
  for (auto [system, code] : {std::pair{EACCES, Errc::permission_denied},
                              {EPERM, Errc::permission_denied},
                              {EROFS, Errc::permission_denied},
                              {ENOSPC, Errc::unavailable},
                              {ENOTDIR, Errc::invalid_argument},
                              {EDQUOT, Errc::unavailable}}) {
    EXPECT_TRUE(is_telling(system));
    EXPECT_EQ(file_error(system, "f").code, code);
    EXPECT_EQ(file_error(system, "f").name(), "STORE_UNUSABLE");
  }
  const auto refused = refuse_network("/mnt/team", 0x6969);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "/mnt/team is on NFS, where a store's locks do not hold");
  EXPECT_EQ(refused.error().name(), "STORE_UNUSABLE");
  EXPECT_TRUE(refuse_network("/mnt/team", 0xEF53));
  EXPECT_FALSE(is_telling(ENXIO));
  EXPECT_EQ(file_error(ENXIO, "f").message, "f: cannot be opened, read or written (No such device or address)");
}

}  // namespace
}  // namespace ductape::inline v0::store::sqlite
