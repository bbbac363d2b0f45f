// SPDX-License-Identifier: Apache-2.0
#include "providers/local/log.h"

#include <gtest/gtest.h>

#include "providers/local/database.h"
#include "providers/local/local_test.h"
#include "providers/local/schema.h"

namespace ductape::inline v0::local::test {
namespace {

class Appending : public testing::Test {
 protected:
  std::vector<Log::Appended> append(const std::vector<std::string>& ids) {
    std::vector<driver::Record> records;
    for (const auto& id : ids) records.push_back({.id = id, .body = std::as_bytes(std::span(id))});
    std::vector<Log::Appended> results;
    log_.append(topic_, records, 1000, results);
    EXPECT_FALSE(database_->failed());
    return results;
  }
  std::vector<std::string> stored() {
    std::vector<std::string> bodies;
    for (auto rows = log_.after(topic_, 0, 1000); rows.next();) {
      bodies.emplace_back(rows.bytes(5));
      EXPECT_EQ(offset_of(rows.integer(0)), static_cast<std::int64_t>(bodies.size())) << "no gaps";
    }
    return bodies;
  }
  static std::vector<std::string> numbered(const std::string& prefix, std::size_t count) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(prefix + std::to_string(i));
    return ids;
  }

  Directory directory_;
  std::unique_ptr<Database> database_ = Database::open(directory_.file(".db")).value();
  Log log_{database_->connected()};
  std::int64_t topic_ = log_.obtain("orders", false).id;
};

TEST_F(Appending, KeepsTheOrderOfAnyNumber) {
  std::vector<std::string> all;
  for (const std::size_t count : {1u, 7u, 8u, 63u, 64u, 65u, 200u}) {
    const auto ids = numbered(std::to_string(count) + "-", count);
    const auto results = append(ids);
    ASSERT_EQ(results.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(results[i].offset, static_cast<std::int64_t>(all.size() + i + 1));
      EXPECT_FALSE(results[i].duplicate);
    }
    all.insert(all.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(stored(), all);
}

TEST_F(Appending, ARepeatAmongManyTakesNoPlace) {
  append(numbered("old", 3));
  auto ids = numbered("new", 150);
  ids[40] = "old1";
  ids[41] = "new7";
  ids[149] = "new148";
  const auto results = append(ids);
  ASSERT_EQ(results.size(), 150u);
  std::int64_t next = 4;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool repeat = i == 40 || i == 41 || i == 149;
    EXPECT_EQ(results[i].duplicate, repeat) << i;
    EXPECT_TRUE(repeat || results[i].offset == next++) << i;
  }
  EXPECT_EQ(results[40].offset, 2);
  EXPECT_EQ(results[41].offset, results[7].offset);
  EXPECT_EQ(results[149].offset, results[148].offset);
  EXPECT_EQ(stored().size(), 150u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
