// SPDX-License-Identifier: Apache-2.0
// Each message is in one place, and the counts say where.
#include <gtest/gtest.h>

#include <ductape/units.hpp>

#include <random>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using driver::GroupSpec;

class Counts : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.provision(Broker::topic("orders", true), {{.name = "a"}})); }
  void publish(const driver::Address& to, const std::string& key = {}) {
    ASSERT_FALSE(sender_.send(to, "m" + std::to_string(++published_), key, "body").error);
  }
  void publish_many(int count) {
    for (int i = 0; i < count; ++i) publish(orders_);
  }
  driver::GroupState state() { return broker_.inspect(orders_, "a").value(); }
  void check(std::uint64_t done, std::uint64_t dead, std::uint64_t lost) {
    const auto now = state();
    EXPECT_EQ(now.done, done);
    EXPECT_EQ(now.dead, dead);
    EXPECT_EQ(now.data_loss, lost);
    EXPECT_EQ(*now.waiting + *now.in_flight + *now.done + *now.dead + *now.data_loss, published_);
    EXPECT_EQ(*now.lag, *now.waiting + *now.in_flight);
  }
  Error move(Receiver& receiver, const Receiver::Got& got, const driver::Address& to, const std::string& id) {
    const driver::Record record{.to = &to, .id = id, .key = got.key};
    return receiver.settle({.tag = got.tag, .moved = &record});
  }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders", true), retry_ = broker_.retries("orders", "a", true);
  driver::Address dead_ = broker_.dead_letters("orders", "a");
  Sender sender_{*broker_};
  std::uint64_t published_ = 0;
};

TEST_F(Counts, AddUpThroughEverything) {
  std::mt19937 random(7);  // always the same walk
  std::uint64_t done = 0, dead = 0, lost = 0;
  auto receiver = std::make_unique<Receiver>(*broker_, orders_, GroupSpec{.name = "a"}, 30s, 5);
  auto letters = std::make_unique<Receiver>(*broker_, dead_, GroupSpec{.name = "a"}, 30s, 3);
  std::size_t next = 0, next_letter = 0;
  for (int step = 0; step < 400; ++step) {
    if (random() % 2 == 0) publish(random() % 8 == 0 ? retry_ : orders_, random() % 2 ? "k" : "");
    if (const auto got = receiver->wait(next + 1, 0ms); got.size() > next) {
      const auto& one = got[next++];
      const auto what = random() % 6;
      const auto error = what < 2    ? receiver->ack(one)
                         : what == 2 ? receiver->retry(one, random() % 2 ? 0ms : 3ms)
                         : what == 3 ? receiver->give_back(one)
                         : what == 4 ? move(*receiver, one, dead_, one.id + "/a")
                                     : move(*receiver, one, retry_, one.id);
      EXPECT_FALSE(error) << what << ' ' << error.message;
      done += what < 2 ? 1 : 0, dead += what == 4 ? 1 : 0;
    }
    if (const auto got = letters->wait(next_letter + 1, 0ms); got.size() > next_letter && random() % 2 == 0) {
      const auto& one = got[next_letter++];
      const auto what = random() % 3;
      const auto error = what == 0   ? letters->ack(one)
                         : what == 1 ? letters->give_back(one)
                                     : move(*letters, one, retry_, one.id.substr(0, one.id.find('/')));
      EXPECT_FALSE(error) << what << ' ' << error.message;
      dead -= what != 1 ? 1 : 0, lost += what == 0 ? 1 : 0;
    }
    if (step % 100 == 99) {
      receiver = nullptr, letters = nullptr, next = next_letter = 0;
      check(done, dead, lost);
      receiver = std::make_unique<Receiver>(*broker_, orders_, GroupSpec{.name = "a"}, 30s, 5);
      letters = std::make_unique<Receiver>(*broker_, dead_, GroupSpec{.name = "a"}, 30s, 3);
    }
    check(done, dead, lost);
    if (HasFailure()) FAIL() << "at step " << step;
  }
  EXPECT_GT(done, 20u);
  EXPECT_GT(lost, 5u);
}

TEST_F(Counts, ResetToLatestLosesWhatItSkips) {
  publish_many(10);
  {
    Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 6);
    const auto got = receiver.wait(6);
    receiver->credit(0, 0);
    receiver.ack(got[0]);
    receiver.retry(got[1], 1h);
    move(receiver, got[2], dead_, "x/a");
    publish(retry_);
    const auto refused = broker_.reset(orders_, "a", "latest");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find("1 member running"), std::string::npos) << refused.error().message;
    Receiver second(*broker_, orders_, {.name = "a"}, 30s, 0);
    ASSERT_TRUE(second.wait_alive());
    EXPECT_NE(broker_.reset(orders_, "a", "latest").error().message.find("2 members running"), std::string::npos);
  }
  check(1, 1, 0);
  ASSERT_TRUE(broker_.reset(orders_, "a", "latest"));
  check(1, 1, 9);
  EXPECT_EQ(state().lag, 0u);
  publish(orders_);
  Receiver receiver(*broker_, orders_, {.name = "a"});
  EXPECT_FALSE(receiver.ack(receiver.wait(1)[0]));
  check(2, 1, 9);
}

TEST_F(Counts, ResetRepeatsWhatIsThereFromThen) {
  publish_many(4);
  const auto deadline = runtime_.now() + 5ms;
  while (runtime_.now() < deadline) std::this_thread::yield();  // so that the clock's milliseconds differ
  const auto middle = format_time(runtime_.wall());
  publish_many(4);
  publish(retry_);
  {
    Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 100);
    const auto got = receiver.wait(9);
    ASSERT_EQ(got.size(), 9u);
    for (const auto& one : got)
      if (one.id == "m1" || one.id == "m2" || one.id == "m6") receiver.ack(one);
  }
  check(3, 0, 0);
  ASSERT_TRUE(broker_.reset(orders_, "a", middle));
  EXPECT_EQ(state().waiting, 5u) << "four and the one that waits for a retry";
  check(2, 0, 2);
  ASSERT_TRUE(broker_.reset(orders_, "a", "earliest"));
  EXPECT_EQ(state().waiting, 9u);
  Receiver receiver(*broker_, orders_, {.name = "a"}, 30s, 100);
  for (const auto& one : receiver.wait(9)) EXPECT_FALSE(receiver.ack(one));
  EXPECT_EQ(state().lag, 0u);
  EXPECT_EQ(state().done, 9u);
}

TEST_F(Counts, ResetRefusesWhatIsNoPlace) {
  EXPECT_EQ(broker_.reset(orders_, "a", "yesterday").error().code, Errc::invalid_argument);
  EXPECT_EQ(broker_.reset(orders_, "none", "latest").error().code, Errc::not_found);
  EXPECT_EQ(broker_.reset(dead_, "a", "latest").error().code, Errc::invalid_argument);
}

TEST_F(Counts, VanishedMessagesAreToldAndCounted) {
  publish_many(3);
  publish(orders_, "k");
  publish_many(2);
  publish(retry_);
  execute(directory_.file(".db"), "DELETE FROM messages WHERE id IN ('m2','m4','m6','m7')");
  {
    Receiver receiver(*broker_, orders_, {.name = "a"});
    const auto got = receiver.wait(3);
    ASSERT_EQ(got.size(), 3u);
    EXPECT_TRUE(receiver.wait_gap(4));
    for (const auto& one : got) receiver.ack(one);
    check(3, 0, 4);
  }
  publish_many(3);
  execute(directory_.file(".db"), "DELETE FROM messages");
  EXPECT_EQ(state().waiting, 3u);
  Receiver receiver(*broker_, orders_, {.name = "a"});
  EXPECT_TRUE(receiver.wait_gap(3));
  check(3, 0, 7);
  publish(orders_);
  EXPECT_EQ(receiver.wait(1).size(), 1u) << "its place is a new one";
}

TEST_F(Counts, VanishedMessagesOfATopicWithoutOrderToo) {
  ASSERT_TRUE(broker_.provision(Broker::topic("loose"), {{.name = "g"}}));
  const auto loose = broker_.address("loose");
  publish(loose), publish(loose), publish(loose), publish(loose);
  execute(directory_.file(".db"), "DELETE FROM messages WHERE id IN ('m1','m3','m4')");
  Receiver receiver(*broker_, loose, {.name = "g"});
  EXPECT_EQ(receiver.wait(1)[0].id, "m2");
  EXPECT_TRUE(receiver.wait_gap(3));
  receiver.give_back(receiver.wait(1)[0]);
  EXPECT_FALSE(receiver.ack(receiver.wait(2)[1]));
  const auto now = broker_.inspect(loose, "g").value();
  EXPECT_EQ(now.done, 1u);
  EXPECT_EQ(now.data_loss, 3u);
  EXPECT_EQ(now.lag, 0u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
