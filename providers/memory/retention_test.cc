// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/seam_test.h"

namespace ductape::inline v0::memory {
namespace {

using Ids = std::vector<std::string>;

class MemoryRetention : public SeamTest {
 protected:
  void keep(driver::Millis age, std::uint64_t bytes, std::string_view group = "g") {
    auto spec = topic();
    spec.retention_age = age, spec.retention_bytes = bytes;
    const driver::GroupSpec wanted{.name = group, .from = "earliest"};
    connection_->provision(spec, std::span(&wanted, group.empty() ? 0 : 1), true, [](auto made) { made.value(); });
    runtime_->run_until_idle();
  }
  Ids stored() {
    Ids ids;
    for (const auto& message : server_->topics.at(main_.native).log) ids.push_back(message->id);
    return ids;
  }
};

TEST_F(MemoryRetention, ByAgeRemovesOnlyWhatAllHaveFinished) {
  keep(10s, 0), keep(10s, 0, "slow");
  auto reader = member("g"), slow = member("slow");
  publish("m1"), publish("m2"), publish("m3");
  for (std::size_t i = 0; i < 3; ++i) reader->settle(i, Verdict::ack);
  slow->settle(0, Verdict::ack);
  slow->settle(1, Verdict::retry, 1h);
  slow->settle(2, Verdict::ack);
  runtime_->advance(9s);
  inspect("g");
  EXPECT_EQ(stored(), (Ids{"m1", "m2", "m3"}));
  runtime_->advance(2s);
  EXPECT_EQ(inspect("g").done, 3u) << "what is removed stays counted";
  EXPECT_EQ(stored(), (Ids{"m2", "m3"}));
  EXPECT_EQ(inspect("slow").data_loss, 0u);
  publish("m1");
  EXPECT_EQ(publish_.lines.back(), "4 ok") << "its id is free again";
}

TEST_F(MemoryRetention, ByBytesRefusesWhileNothingIsFinished) {
  keep(0s, 10);
  publish("a1"), publish("a2"), publish("a3");  // two bytes of id and two of body each
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 ok", "3 queue_full"}));
  {
    auto reader = member("g");
    reader->settle(1, Verdict::ack);
    publish("a4");
    EXPECT_EQ(publish_.lines.back(), "4 queue_full") << "an older one is not finished";
    reader->settle(0, Verdict::ack);
    publish("a5"), publish("a6"), publish("a5");
  }
  EXPECT_EQ(publish_.lines.back(), "7 duplicate") << "needs no room";
  EXPECT_EQ(stored(), (Ids{"a5", "a6"}));
  EXPECT_EQ(inspect("g").data_loss, 0u);
}

TEST_F(MemoryRetention, AFullTopicWithoutGroupsRefuses) {
  keep(0s, 6, {});
  publish("a1"), publish("a2");
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 queue_full"}));
}

TEST_F(MemoryRetention, ALimitMayBeLifted) {
  keep(0s, 6);
  publish("a1"), publish("a2");
  keep(0s, 0);
  publish("a2");
  EXPECT_EQ(publish_.lines, (Ids{"1 ok", "2 queue_full", "3 ok"}));
}

TEST_F(MemoryRetention, WhatIsOvertakenIsAGapForWhoHadNotHandledIt) {
  keep(0s, 0), keep(0s, 0, "absent");
  auto reader = member("g", 2);
  for (int i = 1; i <= 6; ++i) publish("m" + std::to_string(i));
  reader->settle(0, Verdict::ack);
  {
    std::lock_guard lock(server_->mutex);
    server_->overtake(server_->topics.at(main_.native), 5, *runtime_);
  }
  runtime_->run_until_idle();
  EXPECT_EQ(stored(), Ids{"m6"});
  EXPECT_EQ(reader->log.missed, 2u) << "2 and 3 are in hand";
  EXPECT_EQ(inspect("g").data_loss, 2u);
  EXPECT_EQ(inspect("g").lag, 3u);
  reader->settle(1, Verdict::ack), reader->settle(2, Verdict::ack);
  EXPECT_EQ(reader->log.ids(), (Ids{"m1", "m2", "m3", "m6"}));
  auto late = member("absent");
  EXPECT_EQ(late->log.missed, 5u);
  EXPECT_EQ(late->log.ids(), Ids{"m6"});
  EXPECT_EQ(inspect("absent").data_loss, 5u);
}

}  // namespace
}  // namespace ductape::inline v0::memory
