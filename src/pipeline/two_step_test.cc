// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/two_step.h"

#include <gtest/gtest.h>

#include "tests/support/scripted_driver.h"

namespace ductape::inline v0::pipeline {
namespace {

struct Told final : driver::ConsumeSink {
  void delivered(std::span<driver::Delivered> messages) override {
    for (const auto& message : messages) tags.push_back(message.tag);
  }
  void settled(std::span<const driver::Settled> outcomes) override {
    answers.insert(answers.end(), outcomes.begin(), outcomes.end());
  }
  void revoking(std::span<const std::uint32_t>, driver::Deadline) override {}
  void lost(std::span<const driver::Tag>, Error) override {}
  void alive(driver::Deadline) override {}
  void gap(std::uint32_t, std::uint64_t) override {}
  void ended(Error error) override {
    ++ends;
    why = std::move(error);
  }
  std::vector<driver::Tag> tags;
  std::vector<driver::Settled> answers;
  int ends = 0;
  Error why;
};

class TwoStepTest : public ::testing::Test {
 protected:
  TwoStepTest() {
    auto inner = std::make_unique<support::ScriptedConnection>();
    scripted = inner.get();
    connection = std::make_unique<TwoStep>(std::move(inner));
    session = connection->consumer({}, {.name = "g"}, driver::Millis(1000), told);
    scripted->consuming->deliver(1, "a");
    scripted->consuming->deliver(2, "b");
  }
  void move(driver::Tag tag) {
    const driver::Settle outcome{.tag = tag, .moved = &dead};
    session->settle(std::span(&outcome, 1));
  }
  void end_consumer(Error why = {}) { scripted->consuming->sink.ended(std::move(why)); }

  Told told;
  const driver::Record dead{.id = "a/g"};
  support::ScriptedConnection* scripted;
  std::unique_ptr<TwoStep> connection;
  std::unique_ptr<driver::Consumer> session;
};

TEST_F(TwoStepTest, AcksOnlyWhatIsPublished) {
  move(1);
  ASSERT_NE(scripted->publishing, nullptr);
  EXPECT_EQ(scripted->publishing->ids, std::vector<std::string>{"a/g"});
  EXPECT_TRUE(scripted->consuming->settles.empty());

  scripted->publishing->accept(0);
  ASSERT_EQ(scripted->consuming->settles.size(), 1);
  EXPECT_EQ(scripted->consuming->settles[0].tag, 1);
  EXPECT_EQ(scripted->consuming->settles[0].moved, nullptr);
  EXPECT_TRUE(told.answers.empty());

  scripted->consuming->answer();
  ASSERT_EQ(told.answers.size(), 1);
  EXPECT_FALSE(told.answers[0].error);
  end_consumer();
  scripted->publishing->sink.ended({});
}

TEST_F(TwoStepTest, WhatCannotBePublishedStays) {
  move(1);
  scripted->publishing->refuse(0, Errc::unavailable);
  EXPECT_TRUE(scripted->consuming->settles.empty());
  ASSERT_EQ(told.answers.size(), 1);
  EXPECT_EQ(told.answers[0].tag, 1);
  EXPECT_EQ(told.answers[0].error.code, Errc::unavailable);
  end_consumer();
  scripted->publishing->sink.ended({});
}

TEST_F(TwoStepTest, OtherOutcomesGoStraightThrough) {
  const driver::Settle ack{.tag = 2};
  session->settle(std::span(&ack, 1));
  EXPECT_EQ(scripted->consuming->settles.size(), 1);
  EXPECT_EQ(scripted->publisher_sessions, 0) << "nothing was moved";
  end_consumer();
  EXPECT_EQ(told.ends, 1);
}

TEST_F(TwoStepTest, WaitsForRoomInOrder) {
  scripted->room = 1;
  move(1);
  move(2);
  EXPECT_EQ(scripted->publishing->tags, std::vector<driver::Tag>{1});
  scripted->room = 10;
  scripted->publishing->sink.writable();
  EXPECT_EQ(scripted->publishing->tags, (std::vector<driver::Tag>{1, 2}));
  end_consumer();
  scripted->publishing->sink.ended({});
}

TEST_F(TwoStepTest, APublisherThatEndsIsReplaced) {
  move(1);
  scripted->publishing->sink.ended({.code = Errc::unavailable, .message = "gone"});
  ASSERT_EQ(told.answers.size(), 1);
  EXPECT_EQ(told.answers[0].error.message, "gone");
  EXPECT_EQ(told.ends, 0);

  move(1);
  EXPECT_EQ(scripted->publisher_sessions, 2);
  scripted->publishing->accept(0);
  EXPECT_EQ(scripted->consuming->settles.size(), 1);
  end_consumer();
  scripted->publishing->sink.ended({});
}

TEST_F(TwoStepTest, EndsWhenBothSessionsHave) {
  move(1);
  end_consumer({.code = Errc::unavailable, .message = "cut"});
  EXPECT_EQ(told.ends, 0);
  EXPECT_TRUE(scripted->publishing->stopped);
  scripted->publishing->accept(0);
  scripted->publishing->sink.ended({});
  EXPECT_EQ(told.ends, 1);
  EXPECT_EQ(told.why.message, "cut");
  EXPECT_TRUE(told.answers.empty()) << "its tags are void";
}

}  // namespace
}  // namespace ductape::inline v0::pipeline
