// SPDX-License-Identifier: Apache-2.0
// Parts of a log that go to another member.
#include "src/pipeline/subscription_fixture_test.h"

namespace ductape::inline v0::detail {
namespace {

using driver::Verdict;
using SubscriptionScopesTest = SubscriptionFixture;

TEST_F(SubscriptionScopesTest, scopes_are_released_when_their_handlers_ended) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, false, 0, 1);
  session().deliver(1, "a");
  session().deliver(2, "b");
  runtime.run();
  const std::uint32_t scope = 0;
  session().sink.revoking(std::span(&scope, 1), driver::Deadline::max());
  EXPECT_EQ(session().settles.back().verdict, Verdict::give_back);
  session().answer();
  EXPECT_EQ(session().released_scopes, 0u);
  std::move(kept.front()).ack();
  session().answer();
  EXPECT_EQ(session().released_scopes, 1u);
}

TEST_F(SubscriptionScopesTest, scopes_that_go_while_others_still_drain_are_released_too) {
  start([&](Delivery delivery) { kept.push_back(std::move(delivery)); }, false, 0, 1);
  session().deliver(1, "a");
  runtime.run();
  std::uint32_t scope = 0;
  session().sink.revoking(std::span(&scope, 1), driver::Deadline::max());
  scope = 7;
  session().sink.revoking(std::span(&scope, 1), driver::Deadline::max());
  std::move(kept.front()).ack();
  session().answer();
  EXPECT_EQ(session().released_scopes, 2u);
}

}  // namespace
}  // namespace ductape::inline v0::detail
