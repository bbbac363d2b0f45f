// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "providers/local/local_test.h"

namespace ductape::inline v0::local::test {
namespace {

using driver::GroupSpec;

class DeadLetters : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.provision(Broker::topic("orders"), {{.name = "a"}, {.name = "b"}})); }
  /// That many messages, which group a moves to its dead letters.
  void die(int count) {
    Sender sender(*broker_);
    for (int i = 0; i < count; ++i) sender.send(orders_, std::to_string(i), "", "body" + std::to_string(i));
    Receiver receiver(*broker_, orders_, {.name = "a"});
    for (const auto& got : receiver.wait(static_cast<std::size_t>(count))) {
      const auto id = got.id + "/a";
      const driver::Record record{.to = &dead_, .id = id, .body = std::as_bytes(std::span(got.body))};
      ASSERT_FALSE(receiver.settle({.tag = got.tag, .moved = &record}));
    }
  }
  Error redrive(Receiver& letters, const Receiver::Got& got) {
    const auto id = got.id.substr(0, got.id.find('/'));
    const driver::Record record{.to = &retry_, .id = id, .body = std::as_bytes(std::span(got.body))};
    return letters.settle({.tag = got.tag, .moved = &record});
  }
  driver::GroupState state() { return broker_.inspect(orders_, "a").value(); }
  driver::GroupState there() { return broker_.inspect(dead_, "a").value(); }

  Directory directory_;
  TestRuntime runtime_;
  Broker broker_{directory_.path(), runtime_};
  driver::Address orders_ = broker_.address("orders"), retry_ = broker_.retries("orders", "a");
  driver::Address dead_ = broker_.dead_letters("orders", "a");
};

TEST_F(DeadLetters, AreReadOldestFirstRedrivenAndPurged) {
  die(4);
  EXPECT_EQ(there().waiting, 4u);
  Receiver letters(*broker_, dead_, {.name = "a"});
  const auto got = letters.wait(4);
  ASSERT_EQ(got.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(got[i].id, std::to_string(i) + "/a");
  EXPECT_EQ(there().in_flight, 4u);
  EXPECT_EQ(state().dead, 4u) << "read is not gone";

  EXPECT_FALSE(redrive(letters, got[1]));
  EXPECT_EQ(state().dead, 3u);
  EXPECT_EQ(state().waiting, 1u);
  EXPECT_FALSE(letters.ack(got[2]));
  EXPECT_EQ(state().dead, 2u);
  EXPECT_EQ(state().data_loss, 1u);
  letters->credit(0, 0);
  EXPECT_FALSE(letters.give_back(got[3]));
  EXPECT_FALSE(letters.give_back(got[0]));
  EXPECT_EQ(there().waiting, 2u);
  EXPECT_EQ(state().done, 0u);

  Receiver again(*broker_, dead_, {.name = "a"});
  EXPECT_EQ(again.wait(2)[0].id, "0/a");
  EXPECT_EQ(again.wait(2)[1].id, "3/a");
  Receiver a(*broker_, orders_, {.name = "a"}), b(*broker_, orders_, {.name = "b"});
  const auto back = a.wait(1)[0];
  EXPECT_EQ(back.id, "1");
  EXPECT_EQ(back.body, "body1");
  EXPECT_FALSE(a.ack(back));
  EXPECT_EQ(state().done, 1u);
  EXPECT_EQ(b.wait(4).size(), 4u) << "what the other group has is its own";
}

TEST_F(DeadLetters, MayDieAgain) {
  die(1);
  for (int round = 0; round < 3; ++round) {
    Receiver letters(*broker_, dead_, {.name = "a"});
    EXPECT_FALSE(redrive(letters, letters.wait(1)[0]));
    Receiver a(*broker_, orders_, {.name = "a"});
    const driver::Record record{.to = &dead_, .id = "0/a"};
    ASSERT_EQ(a.wait(1).size(), 1u);
    EXPECT_FALSE(a.settle({.tag = a.wait(1)[0].tag, .moved = &record}));
    EXPECT_EQ(state().dead, 1u);
    EXPECT_EQ(state().lag, 0u);
    EXPECT_EQ(state().done, 0u);
  }
}

TEST_F(DeadLetters, OfOneIdAreOne) {
  die(1);
  Sender sender(*broker_);
  EXPECT_TRUE(sender.send(dead_, "0/a", "", "").duplicate);
  EXPECT_EQ(state().dead, 1u);
  EXPECT_FALSE(sender.send(dead_, "from elsewhere", "", "").error);
  EXPECT_EQ(state().dead, 2u);
  EXPECT_EQ(state().done, 0u);
  EXPECT_EQ(sender.send(broker_.dead_letters("orders", "none"), "1", "", "").error.code, Errc::not_found);
}

TEST_F(DeadLetters, AreReadByWhoComesWhileMoreDie) {
  Receiver letters(*broker_, dead_, {.name = "a"});
  EXPECT_EQ(letters.wait(1, 20ms).size(), 0u);
  die(2);
  EXPECT_EQ(letters.wait(2).size(), 2u);
}

TEST_F(DeadLetters, GoWithTheirGroupButNotUnderAReader) {
  die(2);
  {
    Receiver letters(*broker_, dead_, {.name = "a"});
    letters.wait(2);
    EXPECT_EQ(broker_.forget(orders_, "a").error().code, Errc::conflict);
    const auto seek = ask<void>([&](auto done) { letters->seek("earliest", done); });
    EXPECT_EQ(seek.error().code, Errc::unsupported);
  }
  EXPECT_TRUE(broker_.forget(orders_, "a"));
  ASSERT_TRUE(broker_.provision(Broker::topic("orders"), {{.name = "a"}}));
  EXPECT_EQ(state().dead, 0u);
  Receiver none(*broker_, broker_.dead_letters("orders", "none"), {.name = "none"});
  EXPECT_EQ(none.wait_ended().code, Errc::not_found);
}

TEST_F(DeadLetters, ThatAnotherProgramRemovedAreTold) {
  die(3);
  execute(directory_.file(".db"), "DELETE FROM messages WHERE id='1/a'");
  Receiver letters(*broker_, dead_, {.name = "a"});
  EXPECT_EQ(letters.wait(2).size(), 2u);
  EXPECT_TRUE(letters.wait_gap(1));
  EXPECT_EQ(state().dead, 2u);
  EXPECT_EQ(state().data_loss, 1u);
}

}  // namespace
}  // namespace ductape::inline v0::local::test
