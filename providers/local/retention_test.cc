// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

class Retained : public testing::Test {
 protected:
  void provision(Millis age, std::uint64_t bytes, std::vector<driver::GroupSpec> groups) {
    auto spec = Broker::topic("orders");
    spec.retention_age = age, spec.retention_bytes = bytes;
    ASSERT_TRUE(broker_.provision(spec, std::move(groups)));
  }
  Sender::Outcome publish(std::size_t size = 1000) {
    return sender_.send(orders_, std::to_string(++published_), "", std::string(size, 'x'));
  }
  void publish_many(int count) {
    for (int i = 0; i < count; ++i) ASSERT_FALSE(publish().error);
  }
  void handle(std::string_view group, std::size_t count) {
    Receiver receiver(*broker_, orders_, {.name = group}, 30s, count);
    for (const auto& got : receiver.wait(count)) ASSERT_FALSE(receiver.ack(got));
  }
  std::int64_t kept() { return query(directory_.file(".db"), "SELECT count(*) FROM messages"); }
  /// Lets a minute and more pass; true when that many are left.
  bool left_after(Millis time, std::int64_t count) {
    runtime_.advance(time);
    const auto until = driver::Clock::now() + patience;
    while (kept() != count && driver::Clock::now() < until) std::this_thread::yield();
    return kept() == count;
  }
  driver::GroupState state(std::string_view group) { return broker_.inspect(orders_, group).value(); }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders");
  Sender sender_{*broker_};
  int published_ = 0;
};

TEST_F(Retained, ByAgeWhatEveryGroupHasFinishedGoes) {
  provision(1h, 0, {{.name = "a"}, {.name = "b"}});
  publish_many(1200);
  handle("a", 1200);
  handle("b", 700);
  {
    Receiver b(*broker_, orders_, {.name = "b"}, 30s, 100);
    const auto got = b.wait(100);
    b->credit(0, 0);
    for (std::size_t i = 10; i < 100; ++i) b.ack(got[i]);
  }
  ASSERT_TRUE(left_after(2h, 500)) << "up to the first that b gave back";
  EXPECT_EQ(state("a").done, 1200u);
  EXPECT_EQ(state("b").done, 790u);
  EXPECT_EQ(state("b").waiting, 410u);
  EXPECT_EQ(state("b").data_loss, 0u);
  handle("b", 410);
  ASSERT_TRUE(left_after(61s, 0));
  EXPECT_EQ(state("b").done, 1200u);
  publish_many(1);
  EXPECT_EQ(state("a").waiting, 1u);
}

TEST_F(Retained, ByAgeEverythingGoesThatHasNoGroup) {
  provision(1h, 0, {});
  publish_many(5);
  runtime_.advance(30min);
  publish_many(3);
  ASSERT_TRUE(left_after(45min, 3));
  provision(1h, 0, {{.name = "late", .from = "earliest"}});
  EXPECT_EQ(state("late").waiting, 3u);
}

TEST_F(Retained, DeadLettersAndUnfinishedOnesStay) {
  provision(1h, 0, {{.name = "a"}});
  publish_many(3);
  {
    Receiver a(*broker_, orders_, {.name = "a"});
    const auto got = a.wait(3);
    const auto dead = broker_.dead_letters("orders", "a");
    const driver::Record record{.to = &dead, .id = "1/a"};
    a.settle({.tag = got[0].tag, .moved = &record});
    a.retry(got[1], 9000h);
  }
  ASSERT_TRUE(left_after(3000h, 3)) << "the dead letter, the parked one and what is behind it";
  EXPECT_EQ(state("a").dead, 1u);
  EXPECT_EQ(state("a").waiting, 2u);
}

TEST_F(Retained, ByBytesTheOldestFinishedOnesMakeRoom) {
  provision(0ms, 20'000, {{.name = "a"}});
  publish_many(10);
  handle("a", 10);
  publish_many(15);
  EXPECT_LT(kept(), 19);
  EXPECT_EQ(state("a").waiting, 15u) << "nothing unfinished went";
  while (!publish().error && published_ < 100) {
  }
  const auto full = publish();
  EXPECT_EQ(full.error.code, Errc::queue_full);
  EXPECT_NE(full.error.message.find("shop.dev.events:orders"), std::string::npos) << full.error.message;
  EXPECT_NE(full.error.message.find("20000"), std::string::npos) << full.error.message;
  EXPECT_NE(full.error.hint.find("retention.bytes"), std::string::npos);
  const auto waiting = state("a").waiting.value();
  EXPECT_GE(waiting, 17u);
  EXPECT_LE(waiting, 19u);
  handle("a", 3);
  EXPECT_FALSE(publish(2000).error);
  EXPECT_EQ(publish(25'000).error.code, Errc::queue_full) << "more than there ever is";
  provision(0ms, 0, {});
  EXPECT_FALSE(publish(25'000).error) << "without a limit";
  provision(0ms, 30'000, {});
  EXPECT_EQ(publish().error.code, Errc::queue_full) << "what was there before counts";
}

TEST_F(Retained, BySizeNothingGoesThatNoGroupHasHad) {
  provision(0ms, 5'000, {});
  publish_many(4);
  EXPECT_EQ(publish().error.code, Errc::queue_full);
  EXPECT_EQ(kept(), 4);
}

TEST_F(Retained, PagesAreUsedAgain) {
  provision(0ms, 1 << 20, {{.name = "a"}});
  Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 0);
  receiver.ack_at_once = true;
  receiver->credit(1000, 64 << 20);
  for (std::size_t i = 0; i < 800; ++i) {
    while (publish(20'000).error.code == Errc::queue_full) std::this_thread::yield();
    receiver.wait(i);
  }
  const auto pages =
      query(directory_.file(".db"), "PRAGMA page_count") * query(directory_.file(".db"), "PRAGMA page_size");
  EXPECT_LT(pages, 3 << 20) << "16 MB went through it";
}

}  // namespace
}  // namespace ductape::inline v0::local::test
