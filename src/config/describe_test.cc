// SPDX-License-Identifier: Apache-2.0
#include <ductape/driver/describe.hpp>

#include <gtest/gtest.h>

namespace ductape::inline v0::driver {
namespace test {

using namespace std::chrono_literals;

struct AcmeOptions {
  std::vector<std::string> servers = {};
  std::string clientName = "ductape";
  Secret password = {};
  bool tls = false;
  std::int64_t port = 4711;
  std::chrono::milliseconds patience = 2s;
  std::string mode = "fast";
  Config native = {};
};

template <class Visit>
void describe(Visit& visit, AcmeOptions& options) {
  visit(options.servers, {.name = "servers", .help = "where they are", .required = true});
  visit(options.clientName, {.name = "log.clientName", .also = {"client"}});
  visit(options.password, {.name = "password"});
  visit(options.tls, {.name = "tls"});
  visit(options.port, {.name = "port"});
  visit(options.patience, {.name = "patience", .help = "how long"});
  visit(options.mode, {.name = "mode", .choices = {"fast", "safe"}});
  visit(options.native, {.name = "native"});
}

std::string refusal(const Config& config) {
  const auto options = read_options<AcmeOptions>(config);
  return options ? "read" : options.error().message;
}

TEST(Describe, TellsTheFieldsWithTypeAndDefault) {
  const auto fields = fields_of<AcmeOptions>();
  std::string told;
  for (const auto& field : fields)
    told += std::string(field.name) + ":" + std::string(name_of(field.type)) + "=" + field.by_default + " ";
  EXPECT_EQ(told,
            "servers:list= log.clientName:text=ductape password:secret= tls:boolean=false port:number=4711 "
            "patience:duration=2s mode:text=fast native:object= ");
  EXPECT_TRUE(fields[0].required);
  EXPECT_TRUE(fields[2].secret);
}

TEST(Describe, ReadsTheStruct) {
  const auto options = read_options<AcmeOptions>({{"servers", "a:1, b:2"},
                                                  {"log.client_name", "me"},
                                                  {"password", "s3cret"},
                                                  {"tls", "true"},
                                                  {"port", "1"},
                                                  {"patience", "1500"},
                                                  {"native.debug", "all"},
                                                  {"native.x.y", "1"}})
                           .value();
  EXPECT_EQ(options.servers, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(options.clientName, "me");
  EXPECT_EQ(options.password.reveal(), "s3cret");
  EXPECT_TRUE(options.tls);
  EXPECT_EQ(options.port, 1);
  EXPECT_EQ(options.patience, 1500ms);
  EXPECT_EQ(options.mode, "fast");
  EXPECT_EQ(options.native, (Config{{"debug", "all"}, {"x.y", "1"}}));
  EXPECT_EQ(read_options<AcmeOptions>({{"client", "other spelling"}}).value().clientName, "other spelling");
  EXPECT_EQ(read_options<AcmeOptions>({{"patience", "2m"}}).value().patience, 2min);
}

TEST(Describe, SaysWhatIsWrongWithAValue) {
  EXPECT_EQ(refusal({{"servers", " , "}}), "servers: expected at least one text, found \" , \"");
  EXPECT_EQ(refusal({{"tls", "yes"}}), "tls: expected true or false, found \"yes\"");
  EXPECT_EQ(refusal({{"port", "1.5"}}), "port: expected a whole number, found \"1.5\"");
  EXPECT_EQ(refusal({{"patience", "soon"}}),
            "patience: expected a duration such as 500ms or 5s, or a number of milliseconds, found \"soon\"");
  EXPECT_EQ(refusal({{"patience", "-1"}}),
            "patience: expected a duration such as 500ms or 5s, or a number of milliseconds, found \"-1\"");
  EXPECT_EQ(refusal({{"mode", "slow"}}), "mode: expected one of fast, safe, found \"slow\"");
}

TEST(Describe, AKeyIsTheFieldsInAnySpelling) {
  const Field field{.name = "sasl.userName", .also = {"user"}};
  for (const char* key : {"sasl.userName", "sasl.user_name", "user"}) EXPECT_TRUE(is_key_of(field, key)) << key;
  for (const char* key : {"userName", "sasl.username", "sasl"}) EXPECT_FALSE(is_key_of(field, key)) << key;
  const Field native{.name = "native", .type = FieldType::native};
  EXPECT_TRUE(is_key_of(native, "native.a"));
  EXPECT_FALSE(is_key_of(native, "native"));
  EXPECT_FALSE(is_key_of(native, "natives.a"));
}

}  // namespace test
}  // namespace ductape::inline v0::driver
