// SPDX-License-Identifier: Apache-2.0
#include "providers/local/shared_sync.h"

#include <gtest/gtest.h>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

class Syncing : public testing::Test {
 protected:
  void SetUp() override {
    database_->begin();
    database_->touch();
    database_->commit();
    ASSERT_EQ(database_->find_log(), SQLITE_OK);
  }

  Directory directory_;
  std::unique_ptr<Database> database_ = Database::open(directory_.file(".db")).value();
  WakeFile wake_ = WakeFile::open(directory_.file(".wake")).value();
  WakeFile::Syncs& words_ = wake_.syncs();
  SharedSync one_{*database_, words_}, two_{*database_, words_};
};

TEST_F(Syncing, OneServesAllThatCommittedBefore) {
  const auto first = one_.committed(), second = two_.committed();
  EXPECT_EQ(one_.wait(first), SQLITE_OK);
  EXPECT_EQ(words_.rounds, 1u);
  EXPECT_EQ(two_.wait(second), SQLITE_OK);
  EXPECT_EQ(words_.rounds, 1u) << "it was on the disk";
  EXPECT_EQ(two_.wait(two_.committed()), SQLITE_OK);
  EXPECT_EQ(words_.rounds, 2u) << "this one was not";
}

TEST_F(Syncing, SyncsForItselfWhenWhoeverLeadsIsDead) {
  words_.leading = 1;
  EXPECT_EQ(one_.wait(one_.committed()), SQLITE_OK);
  EXPECT_EQ(words_.synced, words_.commits);
  EXPECT_EQ(words_.leading, 0u) << "the next one need not wait for the dead";
}

TEST_F(Syncing, BelievesNothingThatIsSaidOfAnotherFile) {
  words_.synced = 100;
  Directory elsewhere;
  auto other = Database::open(elsewhere.file(".db")).value();
  SharedSync made_anew(*other, words_);
  EXPECT_EQ(words_.synced, 0u);
  const auto commit = one_.committed();
  EXPECT_EQ(one_.wait(commit), SQLITE_OK);
  EXPECT_LT(words_.synced, commit) << "the removed file's sync says nothing of the new one";
}

TEST_F(Syncing, ManyThreadsAllGetTheirs) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      auto& sync = i % 2 == 0 ? one_ : two_;
      for (int n = 0; n < 50; ++n) {
        const auto commit = sync.committed();
        EXPECT_EQ(sync.wait(commit), SQLITE_OK);
        EXPECT_GE(words_.synced, commit);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(words_.rounds, 200u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
