// SPDX-License-Identifier: Apache-2.0
#include "src/model/credentials.h"

#include <gtest/gtest.h>

#include <array>

namespace ductape::inline v0::model {
namespace {

using driver::FieldType;
const std::array<driver::Field, 5> fields{
    driver::Field{.name = "url"}, driver::Field{.name = "servers", .type = FieldType::list},
    driver::Field{.name = "auth.password", .secret = true, .type = FieldType::secret, .also = {"password"}},
    driver::Field{.name = "port", .type = FieldType::number},
    driver::Field{.name = "native", .type = FieldType::native}};

std::string sealed(const char* json) {
  auto config = Json::parse(json);
  std::string kept;
  const auto done = seal_credentials(config, fields, [&](const auto& field, const auto& value) -> Result<std::string> {
    kept += field + "=" + value + ";";
    return "$Secret{" + field + "}";
  });
  return done ? kept + config.dump() : done.error().message;
}

TEST(Credentials, InClearAreSealed) {
  EXPECT_EQ(sealed(R"({"auth":{"password":"pw"},"port":1})"),
            R"(auth.password=pw;{"auth":{"password":"$Secret{auth.password}"},"port":1})");
  EXPECT_EQ(sealed(R"({"password":4711})"), R"(auth.password=4711;{"password":"$Secret{auth.password}"})")
      << "a number of YAML, in another spelling";
  EXPECT_EQ(sealed(R"({"url":"amqp://u:p%40w@h/v"})"), R"(url=p@w;{"url":"amqp://u:$Secret{url}@h/v"})");
  EXPECT_EQ(sealed(R"({"servers":["nats://a:x@h","nats://b:y@h"]})"),
            R"(servers=x;servers.2=y;{"servers":["nats://a:$Secret{servers}@h","nats://b:$Secret{servers.2}@h"]})");
  EXPECT_EQ(
      sealed(R"({"native":{"ssl.key.password":"pw","debug":"all","sasl":{"oauthToken":"t"}}})"),
      R"(native.ssl.key.password=pw;native.sasl.oauthToken=t;{"native":{"ssl.key.password":)"
      R"("$Secret{native.ssl.key.password}","debug":"all","sasl":{"oauthToken":"$Secret{native.sasl.oauthToken}"}}})");
}

TEST(Credentials, ReferencesStay) {
  for (const char* json : {R"({"password":"${PW}"})", R"({"password":"$Secret{PW}"})", R"({"password":""})",
                           R"({"url":"amqp://u:$Secret{PW}@h"})", R"({"url":"${URL}"})", R"({"port":1})"})
    EXPECT_EQ(sealed(json), json);
  EXPECT_EQ(secrets_named_in(Json::parse(R"({"a":{"b":["$Secret{X}","${Y}"]},"c":"x$Secret{Z}","d":1})")),
            (std::set<std::string, std::less<>>{"X", "Z"}));
}

TEST(Credentials, AConfigIsReadWithTheirValues) {
  const auto read = [](const char* json) -> std::string {
    const auto config = resolved_config(json, fields, [](const Reference& reference) -> Result<std::string> {
      if (reference.name == "GONE") return Error{.code = Errc::not_found, .message = "it is gone"};
      return std::string(reference.name == "PORT" ? "80" : "hunter2");
    });
    if (!config) return config.error().message;
    std::string out;
    for (const auto& [key, value] : *config) out += key + "=" + value + ";";
    return out;
  };
  EXPECT_EQ(read(R"({"password":"$Secret{PW}","port":"${PORT}","url":"x://u:${PW}@h"})"),
            "password=hunter2;port=80;url=x://u:hunter2@h;");
  EXPECT_EQ(read(R"({"password":"$Secret{GONE}"})"), "password: it is gone");
  EXPECT_EQ(read(R"({"port":"$Secret{PW}"})"), "port: what $Secret{PW} stands for is not a whole number")
      << "and what it is is not said";
}

}  // namespace
}  // namespace ductape::inline v0::model
