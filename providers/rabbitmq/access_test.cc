// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/access.h"

#include <gtest/gtest.h>

namespace ductape::inline v0::rabbitmq {
namespace {

std::string read(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return url.error().message;
  return std::string(url->tls ? "tls " : "") + url->username + ":" + url->password + "@" + url->host + ":" +
         std::to_string(url->port) + " " + url->vhost;
}

TEST(Url, IsReadInAllItsParts) {
  EXPECT_EQ(read("amqp://alice:secret@mq.example:5673/shop"), "alice:secret@mq.example:5673 shop");
  EXPECT_EQ(read("amqps://a%40b:p%2Fq%3A@[::1]/%2Fprd"), "tls a@b:p/q:@::1:0 /prd");
  EXPECT_EQ(read("amqp://mq"), ":@mq:0 ");
  EXPECT_EQ(read("amqp://mq/"), ":@mq:0 ");
  EXPECT_EQ(read("amqp://alice:100%@mq/"), "alice:100%@mq:0 ") << "of whoever does not encode";
}

TEST(Url, WhatIsNoneIsRefusedWithoutBeingRepeated) {
  for (const auto* url : {"http://alice:s3cret@mq", "amqp://alice:s3cret@", "amqp://alice:s3cret@mq:70000",
                          "amqp://alice:s3cret@mq/a/b", "amqp://alice:s3cret@mq/v?heartbeat=5"}) {
    const auto parsed = parse_url(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_EQ((parsed.error().message + parsed.error().hint).find("s3cret"), std::string::npos) << url;
  }
}

TEST(Access, GoesByTheUrlOrTheFields) {
  const auto fields =
      read_access({.host = "mq", .username = "alice", .password = Secret("p"), .vhost = "shop"}).value();
  EXPECT_EQ(fields.endpoint.text() + " " + fields.vhost, "mq:5672 shop");
  const auto url = read_access({.url = Secret("amqp://bob:q@other:1/v"), .host = "mq"}).value();
  EXPECT_EQ(url.endpoint.text() + " " + url.username + " " + url.vhost, "other:1 bob v");
  EXPECT_EQ(read_access({.tls = true}).value().endpoint.port, 5671);
  EXPECT_EQ(read_access({.url = Secret("amqps://guest:guest@mq")}).value().endpoint.port, 5671);
  EXPECT_EQ(read_access({}).value().password.reveal(), "guest") << "each server's own";
}

TEST(Access, NativeSettings) {
  const auto access =
      read_access({.native = {{"heartbeat", "3"}, {"frame-max", "8192"}, {"connection-name", "till"}}}).value();
  EXPECT_EQ(access.heartbeat.count(), 3);
  EXPECT_EQ(access.frame_max, 8192u);
  EXPECT_EQ(access.connection_name, "till");
}

TEST(Access, WhatCannotBeUsedIsRefusedByName) {
  const auto refused = [](const RabbitmqOptions& options) {
    const auto access = read_access(options);
    return access ? "read" : access.error().message;
  };
  EXPECT_EQ(refused({.username = "alice"}), "username alice has no password");
  EXPECT_EQ(refused({.vhost = ""}), "`vhost` is not 1 to 255 bytes");
  EXPECT_EQ(refused({.native = {{"heartbeat", "0"}}}), "native.heartbeat is not 1 to 60");
  EXPECT_EQ(refused({.native = {{"frame-max", "many"}}}), "native.frame-max is not 4096 to 131072");
  EXPECT_EQ(refused({.native = {{"locale", "de"}}}), "native.locale is no setting of a connection to rabbitmq");
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq
