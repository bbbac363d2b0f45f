// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/health_text.h"

#include <gtest/gtest.h>

namespace ductape::cli {
namespace {

const std::chrono::steady_clock::time_point now{std::chrono::seconds(100)};

Health some() {
  return {.state = HealthState::red,
          .items = {{.what = "broker orders in prd (local)", .last_answer = now - std::chrono::milliseconds(1200)},
                    {.what = "broker audit in prd (local)", .state = HealthState::red, .reason = "frozen: pid 7"},
                    {.what = "group b of orders:new", .state = HealthState::degraded, .reason = "parked_full"}}};
}

TEST(HealthText, Json) {
  EXPECT_EQ(health_json(some(), now),
            R"j({"state":"red","items":[)j"
            R"j({"what":"broker orders in prd (local)","state":"green","reason":null,"last_answer_ms_ago":1200},)j"
            R"j({"what":"broker audit in prd (local)","state":"red","reason":"frozen: pid 7",)j"
            R"j("last_answer_ms_ago":null},)j"
            R"j({"what":"group b of orders:new","state":"degraded","reason":"parked_full",)j"
            R"j("last_answer_ms_ago":null}]})j");
  EXPECT_EQ(health_json({}, now), R"j({"state":"green","items":[]})j");
}

TEST(HealthText, ForPeople) {
  EXPECT_EQ(health_table(some(), now),
            "WHAT                          STATE     LAST ANSWER  REASON\n"
            "broker orders in prd (local)  green     1200ms ago   -\n"
            "broker audit in prd (local)   red       -            frozen: pid 7\n"
            "group b of orders:new         degraded  -            parked_full\n"
            "red\n");
  EXPECT_EQ(health_table({}, now), "green\n");
}

TEST(HealthText, AnAnswerIsNeverInTheFuture) {
  Health health{.items = {{.what = "x", .last_answer = now + std::chrono::seconds(1)}}};
  EXPECT_NE(health_json(health, now).find(R"("last_answer_ms_ago":0)"), std::string::npos);
}

}  // namespace
}  // namespace ductape::cli
