// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ductape::inline v0::nats {
namespace {

std::string value_of(std::string_view lines, std::string_view name) {
  const auto headers = parse_header_lines(lines);
  const auto found = std::ranges::find(headers, name, &driver::Header::name);
  return found == headers.end() ? "none" : std::string(found->value);
}

TEST(Envelope, CloudEventsAttributesArePercentEncoded) {
  const std::vector<driver::Header> attributes{{"source", "//shop/prd"}, {"subject", "Grüße, \"you\" 100%"}};
  const auto written = write_headers({.id = "m 1", .key = "Müller", .attributes = attributes}, "m%201");
  EXPECT_EQ(value_of(written, "Nats-Msg-Id"), "m%201");
  EXPECT_EQ(value_of(written, "ce-id"), "m%201");
  EXPECT_EQ(value_of(written, "ce-partitionkey"), "M%C3%BCller");
  EXPECT_EQ(value_of(written, "ce-source"), "//shop/prd");
  EXPECT_EQ(value_of(written, "ce-subject"), "Gr%C3%BC%C3%9Fe,%20%22you%22%20100%25");
}

TEST(Envelope, WhatIsWrittenIsRead) {
  const std::vector<driver::Header> attributes{{"source", "//shop/prd"}, {"type", "orders:new"}, {"empty", ""}};
  const std::vector<driver::Header> headers{
      {"colour", "red"}, {"x-empty", ""},        {"x-lines", "a\r\nb"},        {"x-edges", " both "},
      {"%odd", "100%"},  {"Nats-Rollup", "all"}, {"x-unicode", "Grüße \u4f60"}};
  const auto lines =
      write_headers({.id = "m\n1", .key = "k", .attributes = attributes, .headers = headers}, "anything");
  const auto written = parse_header_lines(lines);
  const auto read = read_headers(written);
  EXPECT_EQ(read.id, "m\n1");
  EXPECT_EQ(read.key, "k");
  ASSERT_EQ(read.attributes.size(), 2u);
  EXPECT_EQ(read.attributes[1].name, "type");
  EXPECT_EQ(read.attributes[1].value, "orders:new");
  ASSERT_EQ(read.headers.size(), headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    EXPECT_EQ(read.headers[i].name, headers[i].name);
    EXPECT_EQ(read.headers[i].value, headers[i].value);
  }
}

// The server would act on it, and a line would end in it.
TEST(Envelope, NothingOfAUsersIsTakenForTheServers) {
  const std::vector<driver::Header> headers{
      {"Nats-Rollup", "all"}, {"nats-expected-stream", "x"}, {"x", "a\r\nNats-Rollup: all"}};
  const auto lines = write_headers({.id = "m", .headers = headers}, "m");
  EXPECT_EQ(parse_header_lines(lines).size(), 5u);
  for (const auto& [name, value] : parse_header_lines(lines)) {
    EXPECT_TRUE(name == "Nats-Msg-Id" || (!name.starts_with("Nats-") && !name.starts_with("nats-"))) << name;
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
    EXPECT_FALSE(value.empty()) << name;
  }
}

TEST(Envelope, NothingOfAUsersIsTakenForAnAttribute) {
  const std::vector<driver::Header> headers{{"CE-Id", "x"}, {"Ce-Partitionkey", "y"}, {"ce-colour", "red"}};
  const auto lines = write_headers({.id = "m", .key = "k", .headers = headers}, "m");
  const auto written = parse_header_lines(lines);
  const auto read = read_headers(written);
  EXPECT_EQ(read.id, "m");
  EXPECT_EQ(read.key, "k");
  EXPECT_TRUE(read.attributes.empty());
  ASSERT_EQ(read.headers.size(), 3u);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    EXPECT_EQ(read.headers[i].name, headers[i].name);
    EXPECT_EQ(read.headers[i].value, headers[i].value);
  }
}

TEST(Envelope, OfForeignClients) {
  const std::vector<driver::Header> foreign{
      {"Ce-Id", "a%20b"}, {"CE-Source", "100%"}, {"Nats-Msg-Id", "x"}, {"plain", "%41"}};
  const auto other = read_headers(foreign);
  EXPECT_EQ(other.id, "a b");
  ASSERT_EQ(other.attributes.size(), 1u);
  EXPECT_EQ(other.attributes[0].name, "source");
  EXPECT_EQ(other.attributes[0].value, "100%");
  ASSERT_EQ(other.headers.size(), 1u);
  EXPECT_EQ(other.headers[0].value, "%41");
  const driver::Header known{"nats-msg-id", "by the server's name"};
  EXPECT_EQ(read_headers(std::span(&known, 1)).id, "by the server's name");
  EXPECT_EQ(read_headers({}).id, "");
}

TEST(DeduplicationId, IsTheMessagesOwnWhereItsStreamIs) {
  EXPECT_EQ(deduplication_id({.id = "m 1"}, "a.b.c.d", true), "m%201");
}

TEST(DeduplicationId, TellsDeathsGroupsAndTopicsApart) {
  const std::vector<driver::Header> first{{"deadtime", "1"}}, second{{"deadtime", "2"}};
  const auto of = [](const auto& attributes, std::string_view subject) {
    return deduplication_id({.id = "m", .attributes = attributes}, subject, false);
  };
  EXPECT_EQ(of(first, "t.g.dlq"), of(first, "t.g.dlq"));
  EXPECT_NE(of(first, "t.g.dlq"), of(second, "t.g.dlq"));
  EXPECT_NE(of(first, "t.g.dlq"), of(first, "t.h.dlq"));
}

}  // namespace
}  // namespace ductape::inline v0::nats
