// SPDX-License-Identifier: Apache-2.0
// Headers on their way through a real server: written as one block, read with and without the library's table.
#include "providers/nats/wire.h"

#include <algorithm>

#include "providers/nats/envelope.h"
#include "providers/nats/nats_test.h"
#include "providers/nats/outbox.h"

namespace ductape::inline v0::nats::test {
namespace {

class Wire : public testing::Test {
 protected:
  Wire() {
    EXPECT_EQ(natsConnection_ConnectTo(&connection_, url(server_.port()).c_str()), NATS_OK);
    EXPECT_EQ(natsConnection_SubscribeSync(&subscription_, connection_, "to"), NATS_OK);
  }
  ~Wire() override {
    natsSubscription_Destroy(subscription_);
    natsConnection_Destroy(connection_);
  }
  MessagePtr through(std::string_view reply, std::string_view lines, std::string_view body) {
    Outbox outbox;
    outbox.add(1, "to", reply, lines, body);
    const auto message = outbox.message(outbox.entries()[0]);
    EXPECT_EQ(natsConnection_PublishMsg(connection_, message.get()), NATS_OK);
    natsMsg* got = nullptr;
    EXPECT_EQ(natsSubscription_NextMsg(&got, subscription_, 5'000), NATS_OK);
    return MessagePtr(got);
  }

 private:
  const support::NatsServer server_{{.jetstream = false}};
  natsConnection* connection_ = nullptr;
  natsSubscription* subscription_ = nullptr;
};

TEST_F(Wire, HeadersComeAsTheyWent) {
  std::string lines;
  for (const auto& [name, value] : {std::pair{"Nats-Msg-Id", "1"}, {"b", "x: y"}, {"a", "two words"}, {"b", "second"}})
    add_header_line(name, value, lines);
  for (const auto* reply : {"", "answer.to"})
    for (const auto* body : {"", "body"}) {
      const auto message = through(reply, lines, body);
      EXPECT_EQ(body_of(*message), body);
      EXPECT_STREQ(natsMsg_GetReply(message.get()) == nullptr ? "" : natsMsg_GetReply(message.get()), reply);
      auto read = headers_of(*message);
      ASSERT_EQ(read.size(), 4u);
      // The library has no place for a body that is empty, which would be the end of the lines.
      if (nats_GetVersionNumber() >> 8 == 0x0304 && *body != '\0') {
        EXPECT_EQ(header_lines_of(*message), "NATS/1.0\r\n" + lines + "\r\n");
        EXPECT_EQ(read[0].name, "Nats-Msg-Id");
        EXPECT_EQ(read[1].value, "x: y");
      }
      std::ranges::stable_sort(read, {}, &driver::Header::name);
      const auto other = headers_by_the_library(*message);
      ASSERT_EQ(other.size(), 4u);
      for (std::size_t i = 0; i < other.size(); ++i) {
        EXPECT_EQ(read[i].name, other[i].name);
        EXPECT_EQ(read[i].value, other[i].value);
      }
    }
}

TEST_F(Wire, AMessageMayHaveNone) {
  for (const auto* body : {"", "NATS/1.0\r\n\r\n"}) {
    const auto message = through({}, {}, body);
    EXPECT_EQ(header_lines_of(*message), "");
    EXPECT_TRUE(headers_of(*message).empty());
    EXPECT_EQ(body_of(*message), body);
  }
}

}  // namespace
}  // namespace ductape::inline v0::nats::test
