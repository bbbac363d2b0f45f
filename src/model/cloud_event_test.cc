// SPDX-License-Identifier: Apache-2.0
#include "src/model/cloud_event.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::model {
namespace {

TEST(CloudEvent, is_known_by_its_content_type) {
  EXPECT_TRUE(is_cloud_event("application/cloudevents+json"));
  EXPECT_TRUE(is_cloud_event("application/cloudevents+json; charset=utf-8"));
  EXPECT_FALSE(is_cloud_event("application/json"));
  EXPECT_FALSE(is_cloud_event(""));
}

TEST(CloudEvent, is_read) {
  const auto event = read_cloud_event(
      R"({"specversion": "1.0", "id": "a-1", "source": "/till", "type": "sale", "partitionkey": "k", "data": {"n": 1}})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->id, "a-1");
  EXPECT_EQ(event->partition_key, "k");
}

TEST(CloudEvent, that_lacks_something_is_refused_by_its_name) {
  for (const auto& [text, says] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", "no JSON object"},
           {"[]", "no JSON object"},
           {R"({"id": "a")", "no JSON object"},
           {R"({"specversion": "1.0", "source": "/", "type": "t"})", "`id`"},
           {R"({"specversion": "1.0", "id": 7, "source": "/", "type": "t"})", "`id`"},
           {R"({"specversion": "1.0", "id": "", "source": "/", "type": "t"})", "`id`"},
           {R"({"specversion": "1.0", "id": "a", "type": "t"})", "`source`"},
           {R"({"specversion": "1.0", "id": "a", "source": "/"})", "`type`"},
           {R"({"id": "a", "source": "/", "type": "t"})", "`specversion`"}}) {
    const auto event = read_cloud_event(text);
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().code, Errc::invalid_argument);
    EXPECT_NE(event.error().message.find(says), std::string::npos) << event.error().message;
  }
}

}  // namespace
}  // namespace ductape::inline v0::model
