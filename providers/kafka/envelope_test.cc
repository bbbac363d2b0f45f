// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/envelope.h"

#include <gtest/gtest.h>

#include <map>

namespace ductape::inline v0::kafka {
namespace {

using driver::Header;

std::map<std::string, std::string> written(const driver::Record& record) {
  const auto headers = write_headers(record);
  std::map<std::string, std::string> all;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers.get(), i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i)
    all.emplace(name, std::string(static_cast<const char*>(value), size));
  return all;
}

const std::vector<Header> attributes{{"specversion", "1.0"},
                                     {"type", "orders:new"},
                                     {"time", "2026-11-30T03:00:00.123Z"},
                                     {"datacontenttype", "text/plain"},
                                     {"subject", "größe"}};
const std::vector<Header> user{{"x-one", "1"}, {"empty", ""}};

TEST(Envelope, IsCloudEventsBinaryMode) {
  const auto headers = written({.id = "m-1", .key = "k", .attributes = attributes, .headers = user});
  EXPECT_EQ(headers, (std::map<std::string, std::string>{{"ce_id", "m-1"},
                                                         {"ce_partitionkey", "k"},
                                                         {"ce_specversion", "1.0"},
                                                         {"ce_type", "orders:new"},
                                                         {"ce_time", "2026-11-30T03:00:00.123Z"},
                                                         {"content-type", "text/plain"},
                                                         {"ce_subject", "größe"},
                                                         {"x-one", "1"},
                                                         {"empty", ""}}));
}

TEST(Envelope, IsReadAsItWasWritten) {
  const std::string body("a\0b", 3);
  const driver::Record record{
      .id = "m-1", .key = "k", .body = std::as_bytes(std::span(body)), .attributes = attributes, .headers = user};
  const auto read = read_record(record, 7);
  EXPECT_EQ(read->id, "m-1");
  EXPECT_EQ(read->key, "k");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(read->body.data()), read->body.size()), body);
  ASSERT_EQ(read->attributes.size(), attributes.size());
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    EXPECT_EQ(read->attributes[i].name, attributes[i].name);
    EXPECT_EQ(read->attributes[i].value, attributes[i].value);
  }
  ASSERT_EQ(read->headers.size(), 2u);
  EXPECT_EQ(read->headers[1].name, "empty");
  EXPECT_EQ(read->headers[1].value, "");
  const auto told = delivered(read);
  EXPECT_EQ(told.published, driver::WallTime(driver::Millis(timestamp_of(record))));
  EXPECT_EQ(told.position, "0:7");
}

TEST(Envelope, ATimeThatIsNoneIsNone) {
  const std::vector<Header> bad{{"time", "yesterday"}};
  EXPECT_EQ(timestamp_of({.attributes = bad}), 0);
  EXPECT_EQ(timestamp_of({}), 0);
  EXPECT_EQ(timestamp_of({.attributes = attributes}) % 1'000, 123);
}

// Nobody's client in particular: no id, a content type in other letters.
TEST(Envelope, AForeignMessageIsKnownByItsPlace) {
  const std::vector<Header> foreign{{"Content-Type", "application/json"}, {"source", "elsewhere"}};
  const auto read = read_record({.headers = foreign}, 9);
  EXPECT_EQ(read->id, ":0:9");
  ASSERT_EQ(read->attributes.size(), 1u);
  EXPECT_EQ(read->attributes[0].name, "datacontenttype");
  ASSERT_EQ(read->headers.size(), 1u);
  EXPECT_EQ(read->headers[0].name, "source");
}

}  // namespace
}  // namespace ductape::inline v0::kafka
