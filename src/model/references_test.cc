// SPDX-License-Identifier: Apache-2.0
#include "src/model/references.h"

#include <gtest/gtest.h>

#include <ductape/driver/percent_decoded.hpp>

namespace ductape::inline v0::model {
namespace {

std::string found(std::string_view text) {
  const auto references = references_in(text);
  if (!references) return "refused";
  std::string out;
  for (const auto& reference : *references)
    out.append(reference.kind == Reference::Kind::secret ? "secret " : "variable ").append(reference.name).append(";");
  return out;
}

TEST(References, AreFoundAnywhereInAText) {
  EXPECT_EQ(found("plain"), "");
  EXPECT_EQ(found("$Secret{PW}"), "secret PW;");
  EXPECT_EQ(found("${PW}"), "variable PW;");
  EXPECT_EQ(found("amqp://${USER}:$Secret{orders_prd_url}@h"), "variable USER;secret orders_prd_url;");
  EXPECT_EQ(found("$Secret{a.b-c_2}$Secret{x}"), "secret a.b-c_2;secret x;");
  EXPECT_EQ(found("5$ and $x and $Secrets"), "");
}

TEST(References, WhatOnlyBeginsLikeOneIsRefusedWithoutRepeatingIt) {
  for (const char* text :
       {"${PW", "$Secret{PW", "$Secret{}", "${}", "${1A}", "${a b}", "$Secret{.a}", "$Secret{a/b}"}) {
    const auto references = references_in(text);
    ASSERT_FALSE(references) << text;
    EXPECT_EQ(references.error().code, Errc::invalid_argument);
    EXPECT_EQ(references.error().message.find(std::string_view(text).substr(2)), std::string::npos) << text;
  }
}

TEST(References, AreReplacedByTheirValues) {
  const auto value_of = [](const Reference& reference) -> Result<std::string> {
    if (reference.name == "GONE") return Error{.code = Errc::not_found, .message = "gone"};
    return "<" + std::string(reference.name) + "$@/>";
  };
  EXPECT_EQ(substitute("a$Secret{X}b${Y}", value_of).value(), "a<X$@/>b<Y$@/>");
  EXPECT_EQ(substitute("plain", value_of).value(), "plain");
  EXPECT_EQ(substitute("a${GONE}", value_of).error().message, "gone");
  EXPECT_EQ(substitute("amqp://u:$Secret{X}@h/${Y}", value_of).value(), "amqp://u:%3CX%24%40%2F%3E@h/<Y$@/>")
      << "percent-encoded where it would end the user's part of the URL, as it is elsewhere";
}

TEST(References, CredentialsInsideUrlsAreFound) {
  const auto inside = [](std::string_view text) {
    std::string out;
    for (const auto& place : url_credentials(text)) out.append(text.substr(place.at, place.length)).append(";");
    return out;
  };
  EXPECT_EQ(inside("amqp://shop:pw@host/vhost"), "pw;");
  EXPECT_EQ(inside("nats://a:x@h1:4222,nats://b:y@h2"), "x;y;");
  EXPECT_EQ(inside("nats://token@host"), "token;");
  EXPECT_EQ(inside("amqp://shop:@host"), "");
  EXPECT_EQ(inside("redis://host:6379/0"), "");
  EXPECT_EQ(inside("user@host"), "");
  EXPECT_FALSE(has_stray_at("amqp://shop:pw@host/vhost"));
  EXPECT_TRUE(has_stray_at("amqp://shop:p/w@host/vhost"));
  EXPECT_TRUE(has_stray_at("nats://h1,amqp://shop:p#w@host"));
  EXPECT_EQ(driver::percent_decoded("a%41%2fb%zz%4"), "aA/b%zz%4");
}

}  // namespace
}  // namespace ductape::inline v0::model
