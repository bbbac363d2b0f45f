// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/envelope.h"

#include <gtest/gtest.h>

#include <map>

namespace ductape::inline v0::rabbitmq {
namespace {

constexpr std::uint32_t frame_max = 131'072;

/// Written, put into frames, and read as it would come.
std::shared_ptr<Content> through_the_wire(std::string_view properties, std::string_view body) {
  std::string bytes;
  write_content(bytes, 1, 4'096, properties, body);  // as before the server has said what it takes
  FrameReader reader;
  std::shared_ptr<Content> content;
  const bool read = reader.read(bytes, [&](const amqp_frame_t& frame) {
    if (frame.frame_type == AMQP_FRAME_HEADER)
      content = std::make_shared<Content>(*static_cast<amqp_basic_properties_t*>(frame.payload.properties.decoded),
                                          view_of(frame.payload.properties.raw), frame.payload.properties.body_size);
    else
      content->add_body(view_of(frame.payload.body_fragment));
    return true;
  });
  EXPECT_TRUE(read);
  return content;
}

std::multimap<std::string, std::string> pairs(std::span<const driver::Header> headers) {
  std::multimap<std::string, std::string> all;
  for (const auto& [name, value] : headers) all.emplace(name, value);
  return all;
}
using Pairs = std::multimap<std::string, std::string>;

TEST(Envelope, ComesBackAsItWent) {
  const std::string body(300'000, 'b');
  const std::vector<driver::Header> attributes{{"source", "//shop/dev"}, {"datacontenttype", "text/plain"}},
      headers{{"colour", "red"},
              {"colour", std::string_view("\0\xff", 2)},
              {"CC", "boss"},
              {"%CC", "x"},
              {"x-delivery-count", "7"},
              {"%plain", "y"}};
  const driver::Record record{
      .id = "m-1", .key = "k", .body = std::as_bytes(std::span(body)), .attributes = attributes, .headers = headers};
  std::string properties;
  ASSERT_TRUE(write_properties(record, driver::WallTime(std::chrono::seconds(1'700'000'000)), frame_max, properties));
  const auto content = through_the_wire(properties, body);
  ASSERT_TRUE(content && content->is_whole());
  EXPECT_EQ(content->body(), body);
  const auto delivered = Content::delivered(content);
  EXPECT_EQ(delivered.id, "m-1");
  EXPECT_EQ(delivered.key, "k");
  EXPECT_EQ(pairs(delivered.attributes), (Pairs{{"source", "//shop/dev"}, {"datacontenttype", "text/plain"}}));
  EXPECT_EQ(pairs(delivered.headers), pairs(headers));
  EXPECT_FALSE(content->delivery_count()) << "a user's header is no count of the server's";
  EXPECT_EQ(delivered.published, driver::WallTime(std::chrono::seconds(1'700'000'000)));
}

TEST(Envelope, OfAnotherCloudEventsClient) {
  Table headers;
  headers.add("cloudEvents:id", "their-1").add("cloudEvents_source", "//theirs").add("ce-partitionkey", "k");
  headers.add("count", std::int64_t{3}).add("on", true).add("x-delivery-count", std::int64_t{2}).add("nested", Table());
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
  properties.headers = headers.get();
  properties.content_type = bytes_of("application/json");
  properties.message_id = bytes_of("property");
  std::string bytes;
  ASSERT_TRUE(encode_properties(bytes, frame_max, properties));
  const auto content = through_the_wire(bytes, "{}");
  const auto delivered = Content::delivered(content);
  EXPECT_EQ(delivered.id, "their-1");
  EXPECT_EQ(delivered.key, "k");
  EXPECT_EQ(pairs(delivered.attributes), (Pairs{{"source", "//theirs"}, {"datacontenttype", "application/json"}}));
  EXPECT_EQ(pairs(delivered.headers), (Pairs{{"count", "3"}, {"on", "true"}}));
  EXPECT_EQ(content->delivery_count(), 2u);
}

TEST(Envelope, OfAClientThatSaysNothing) {
  std::string bytes;
  amqp_basic_properties_t none{};
  ASSERT_TRUE(encode_properties(bytes, frame_max, none));
  const auto one = through_the_wire(bytes, ""), other = through_the_wire(bytes, "");
  EXPECT_TRUE(one->is_whole());
  EXPECT_FALSE(one->id().empty());
  EXPECT_NE(one->id(), other->id()) << "they are two";
}

TEST(Envelope, HeadersThatFitNoFrameAreRefused) {
  const std::string large(frame_max, 'v');
  const std::vector<driver::Header> headers{{"large", large}};
  std::string properties;
  const auto written = write_properties({.id = "m", .headers = headers}, {}, frame_max, properties);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::message_too_large);
  EXPECT_NE(written.error().message.find("131072"), std::string::npos);
}

TEST(FrameReader, WhatIsNoAmqpIsSaidSo) {
  FrameReader reader;
  const std::string text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  EXPECT_FALSE(reader.read(text, [](const amqp_frame_t&) { return true; }));
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq
