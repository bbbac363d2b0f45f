// SPDX-License-Identifier: Apache-2.0
#include "src/store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/store/location.h"
#include "src/store/scratch_directory_test.h"

namespace ductape::inline v0::store {
namespace {

const Key shop{Kind::product, "shop", ""}, orders{Kind::broker, "shop", "orders"};

std::unique_ptr<Store> open_at(const std::string& directory) { return open(parse_location(directory).value()).value(); }

std::uint64_t put(Store& store, const Key& key, const std::string& body) {
  auto transaction = store.begin().value();
  const auto revision = transaction->put(key, body).value();
  transaction->commit().value();
  return revision;
}

TEST(Store, KeepsRecordsInOrder) {
  ScratchDirectory scratch;
  {
    auto store = open_at(scratch.path("deep/er"));
    EXPECT_TRUE(store->load().value().empty());
    put(*store, orders, R"({"b":1})");
    put(*store, shop, "{}");
  }
  const auto records = open_at(scratch.path("deep/er"))->load().value();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].key.kind, Kind::product);
  EXPECT_EQ(records[1].key.tag, "orders");
  EXPECT_EQ(records[1].body, R"({"b":1})");
}

TEST(Store, RevisionsAreNeverUsedTwice) {
  auto store = open(parse_location("memory:").value()).value();
  const auto first = put(*store, shop, "{}");
  EXPECT_GT(put(*store, shop, "{}"), first);
  auto transaction = store->begin().value();
  transaction->erase(shop).value();
  transaction->commit().value();
  EXPECT_EQ(put(*store, shop, "{}"), first + 2);
  EXPECT_EQ(store->load().value().front().revision, first + 2);
}

TEST(Store, AnUnfinishedTransactionNeverHappened) {
  auto store = open(parse_location("memory:").value()).value();
  {
    auto transaction = store->begin().value();
    (void)transaction->put(shop, "{}").value();
    EXPECT_EQ(store->load().value().size(), 1u);
  }
  EXPECT_TRUE(store->load().value().empty());
  EXPECT_EQ(put(*store, shop, "{}"), 1u);
}

TEST(Store, TheTokenTellsOfOthersChangesOnly) {
  ScratchDirectory scratch;
  auto mine = open_at(scratch.path()), other = open_at(scratch.path());
  const auto before = mine->change_token().value();
  put(*mine, shop, "{}");
  EXPECT_EQ(mine->change_token().value(), before);
  put(*other, shop, "{}");
  EXPECT_NE(mine->change_token().value(), before);
  EXPECT_EQ(mine->change_token().value(), mine->change_token().value());
}

// All at once, on a directory in which there is nothing: who makes the tables, and who switches to WAL?
TEST(Store, ManyProcessesMayMakeItAtOnce) {
  for (int round = 0; round < 5; ++round) {
    ScratchDirectory scratch;
    int gate[2];
    ASSERT_EQ(pipe(gate), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      const auto child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        close(gate[1]);
        char byte;
        (void)!::read(gate[0], &byte, 1);
        auto store = open(parse_location(scratch.path("s")).value());
        if (!store) {
          fprintf(stderr, "%s | %s\n", store.error().message.c_str(), store.error().native.c_str());
          _exit(1);
        }
        auto transaction = (*store)->begin();
        const Key key{Kind::product, std::to_string(i), ""};
        _exit(transaction && (*transaction)->put(key, "{}") && (*transaction)->commit() ? 0 : 2);
      }
      children.push_back(child);
    }
    close(gate[0]);
    close(gate[1]);
    for (auto child : children) {
      int status = -1;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(open_at(scratch.path("s"))->load().value().size(), 8u);
  }
}

}  // namespace
}  // namespace ductape::inline v0::store
