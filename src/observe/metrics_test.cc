// SPDX-License-Identifier: Apache-2.0
#include <ductape/metrics.hpp>

#include <gtest/gtest.h>

namespace ductape::inline v0 {
namespace {

std::string text_of(std::initializer_list<GroupStatus> groups) { return prometheus_text(metrics_of(groups)); }

GroupStatus status(const char* event, const char* group) {
  return {.definition = {.product = "shop", .event = event, .name = group}, .env = "dev"};
}

TEST(Metrics, EachMetricOnceWithItsHelpAndAllItsGroups) {
  auto one = status("orders:new", "billing"), two = status("orders:new", "audit");
  one.published = two.published = 1'000'000'000;
  one.waiting = 3;
  two.waiting = 0;
  one.oldest_age = std::chrono::milliseconds(1500);
  EXPECT_EQ(
      text_of({one, two}),
      "# HELP ductape_published_total Messages that the provider confirmed.\n"
      "# TYPE ductape_published_total counter\n"
      "ductape_published_total{product=\"shop\",env=\"dev\",event=\"orders:new\"} 1000000000\n"
      "# HELP ductape_group_waiting Messages not handed out, parked ones included.\n"
      "# TYPE ductape_group_waiting gauge\n"
      "ductape_group_waiting{product=\"shop\",env=\"dev\",event=\"orders:new\",group=\"billing\"} 3\n"
      "ductape_group_waiting{product=\"shop\",env=\"dev\",event=\"orders:new\",group=\"audit\"} 0\n"
      "# HELP ductape_group_oldest_age_seconds Age of the oldest of them.\n"
      "# TYPE ductape_group_oldest_age_seconds gauge\n"
      "ductape_group_oldest_age_seconds{product=\"shop\",env=\"dev\",event=\"orders:new\",group=\"billing\"} 1.5\n");
}

TEST(Metrics, NothingKnownIsNothing) {
  EXPECT_EQ(text_of({}), "");
  EXPECT_EQ(text_of({status("a:b", "g")}), "");
}

TEST(Metrics, ATopicWithoutAGroupHasItsOwnAlone) {
  auto topic = status("a:b", ""), group = status("a:b", "g");
  topic.published = 2;
  group.done = topic.done = 1;
  EXPECT_EQ(text_of({group, topic}),
            "# HELP ductape_published_total Messages that the provider confirmed.\n"
            "# TYPE ductape_published_total counter\n"
            "ductape_published_total{product=\"shop\",env=\"dev\",event=\"a:b\"} 2\n"
            "# HELP ductape_group_done_total Messages that a handler was done with.\n"
            "# TYPE ductape_group_done_total counter\n"
            "ductape_group_done_total{product=\"shop\",env=\"dev\",event=\"a:b\",group=\"g\"} 1\n");
}

TEST(Metrics, LabelsAreEscaped) {
  auto odd = status("a:b", "g");
  odd.definition.product = "a\"b\\c\nd";
  odd.dead = 1;
  EXPECT_NE(text_of({odd}).find(R"(product="a\"b\\c\nd")"), std::string::npos);
}

}  // namespace
}  // namespace ductape::inline v0
