// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <ductape/driver/runtime.hpp>

#include "providers/local/sqlite.h"
#include "tests/support/test_runtime.h"

/// What the tests of this provider stand on: real threads, real files.
namespace ductape::inline v0::local::test {

using namespace std::chrono_literals;
using driver::Millis;

/// Longer than anything takes on a loaded machine; a test that waits so long fails.
constexpr auto patience = 20s;

/// What another program does to a file.
inline void execute(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  const Handle handle(db);
  sqlite3_busy_timeout(db, 5000);
  ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
}

/// What one sees in it: the first column of the first row.
inline std::string query_text(const std::string& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  Connected db{Handle(raw)};
  sqlite3_busy_timeout(raw, 5000);
  Statement statement(db, sql.c_str());
  auto rows = statement();
  return rows.next() ? std::string(rows.bytes(0)) : std::string("nothing: ") + sqlite3_errmsg(raw);
}
inline std::int64_t query(const std::string& file, const std::string& sql) { return std::stoll(query_text(file, sql)); }

class Directory {
 public:
  Directory() {
    auto name = (std::filesystem::temp_directory_path() / "ductape-local-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& ending) const { return path_ + "/shop.dev.events" + ending; }

 private:
  std::string path_;
};

using support::TestRuntime;

/// A mutex with a condition to wait on.
class Monitor {
 public:
  bool until(const std::function<bool()>& holds, Millis at_most = patience) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, at_most, holds);
  }
  std::mutex mutex;
  std::condition_variable changed;
};

}  // namespace ductape::inline v0::local::test
