// SPDX-License-Identifier: Apache-2.0
#include "providers/rabbitmq/errors.h"

#include <gtest/gtest.h>

#include <set>

namespace ductape::inline v0::rabbitmq {
namespace {

TEST(Errors, EachRowIsReachedAndSaysSomething) {
  for (const auto& row : native_codes()) {
    const auto error = from_close(row.code, "WORD - " + std::string(row.words), "mq:5672");
    EXPECT_EQ(error.code, row.meaning) << row.code << " " << row.words;
    EXPECT_EQ(error.provider, "rabbitmq");
    EXPECT_NE(error.message.find("mq:5672"), std::string::npos);
    EXPECT_FALSE(row.what.empty());
  }
}

TEST(Errors, ServersOwnWords) {
  const auto code = [](std::uint16_t number, std::string_view text) {
    return from_close(number, text, "mq:5672").code;
  };
  EXPECT_EQ(code(403,
                 "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the "
                 "broker logfile."),
            Errc::unauthenticated);
  EXPECT_EQ(code(403, "ACCESS_REFUSED - access to exchange 'x' in vhost '/' refused for user 'alice'"),
            Errc::permission_denied);
  EXPECT_EQ(code(530, "NOT_ALLOWED - vhost shop not found"), Errc::not_found);
  EXPECT_EQ(code(530, "NOT_ALLOWED - access to vhost 'shop' refused for user 'alice'"), Errc::permission_denied);
  EXPECT_EQ(code(406,
                 "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: "
                 "1800000 ms."),
            Errc::unavailable);
  EXPECT_EQ(code(406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'q' in vhost '/'"),
            Errc::conflict);
  EXPECT_EQ(code(999, "NEW - nobody knows it"), Errc::internal);
}

TEST(Errors, NoGroupHasItsDocumentedName) {
  const auto error = no_group("orders", "new");
  EXPECT_EQ(error.name(), "TOPIC_HAS_NO_GROUP");
  EXPECT_FALSE(error.hint.empty());
}

}  // namespace
}  // namespace ductape::inline v0::rabbitmq
