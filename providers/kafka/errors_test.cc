// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/errors.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <set>

namespace ductape::inline v0::kafka {
namespace {

TEST(Errors, EachRowSaysWhatAndWhatToDo) {
  std::set<int> seen;
  for (const auto& row : native_codes()) {
    EXPECT_TRUE(seen.insert(row.native).second) << row.native << " stands twice";
    EXPECT_NE(row.code, Errc::ok) << row.native;
    EXPECT_FALSE(row.what.empty()) << row.native;
    EXPECT_FALSE(row.hint.empty()) << row.native;
    const auto error = from_code(row.native, "the thing", "its own words");
    EXPECT_EQ(error.code, row.code);
    EXPECT_EQ(error.provider, "kafka");
    EXPECT_TRUE(error.message.starts_with("the thing: ")) << error.message;
    EXPECT_TRUE(error.native.ends_with(": its own words")) << error.native;
  }
}

TEST(Errors, WhatIsInTheTableForWhoConnects) {
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR__AUTHENTICATION, "x").code, Errc::unauthenticated);
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR__SSL, "x").code, Errc::unauthenticated);
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "x").code, Errc::unavailable);
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x").code, Errc::permission_denied);
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "x").code, Errc::message_too_large);
}

TEST(Errors, OfAConnectionTheReasonIsTold) {
  const auto refused = from_connection(
      RD_KAFKA_RESP_ERR__TRANSPORT, "Kafka at h:1",
      "ssl://h:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)");
  EXPECT_EQ(refused.message, "Kafka at h:1: the connection failed: Connect to 127.0.0.1:1 failed: Connection refused");
  const std::string closed = "h:1/bootstrap: Disconnected: connection closed by peer (after 0ms in state ";
  const auto wants = [&](const char* state) {
    EXPECT_TRUE(is_sign(closed + state));
    return from_connection(RD_KAFKA_RESP_ERR__TRANSPORT, "Kafka at h:1", closed + state).message;
  };
  EXPECT_TRUE(wants("APIVERSION_QUERY)").ends_with("closed by peer, as a listener does that wants TLS"));
  EXPECT_TRUE(wants("UP)").ends_with("closed by peer, as a listener does that wants a log-in"));
  EXPECT_FALSE(is_sign("ssl://" + closed + "UP)"));
  const auto other = from_connection(RD_KAFKA_RESP_ERR__TRANSPORT, "Kafka at h:1", closed + "UP)");
  EXPECT_TRUE(other.hint.starts_with("look at `ssl` and `sasl`")) << other.hint;
}

TEST(Errors, ANameThatKafkaTakesForAnotherIsAConflict) {
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "x", "Topic 'a_b' collides with existing topics: a.b").code,
            Errc::conflict);
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "x", "The topic name is too long").code,
            Errc::invalid_argument);
}

TEST(Errors, WhatIsNotInTheTableMayPass) {
  EXPECT_EQ(from_code(RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH, "x").code, Errc::unavailable);
  EXPECT_NE(from_code(RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH, "x").native, "");
}

}  // namespace
}  // namespace ductape::inline v0::kafka
