// SPDX-License-Identifier: Apache-2.0
// Every option, as the server sees it, and what is said when it is wrong.
#include "providers/redis/redis_test.h"

namespace ductape::inline v0::redis::test {
namespace {

using support::Certificates;
using support::RedisServer;
using support::RedisServerOptions;

TEST(RedisOptions, HostPortAndStream) {
  RedisServer server;
  Shop shop(at(server.port()));
  const auto receipt = shop.publish("{}").value();
  Native native(server.port());
  EXPECT_EQ(native({"XLEN", "shop.dev.orders.new"}), "1");
  EXPECT_EQ(native({"XRANGE", "shop.dev.orders.new", receipt.native_id, "+"}).substr(0, receipt.native_id.size()),
            receipt.native_id);
}

TEST(RedisOptions, ChannelIsTheStreamsNameAsItIs) {
  RedisServer server;
  Shop shop(at(server.port(), R"("channel": "Legacy Orders")"));
  shop.publish("{}").value();
  EXPECT_EQ(Native(server.port())({"XLEN", "Legacy Orders"}), "1");
}

TEST(RedisOptions, DatabaseAndClientName) {
  RedisServer server;
  Shop shop(at(server.port(), R"("db": 3, "native": {"client-name": "till-7"})"));
  shop.publish("{}").value();
  Native native(server.port());
  EXPECT_EQ(native({"EXISTS", "shop.dev.orders.new"}), "0");
  native({"SELECT", "3"});
  EXPECT_EQ(native({"XLEN", "shop.dev.orders.new"}), "1");
  EXPECT_NE(native({"CLIENT", "LIST"}).find("name=till-7"), std::string::npos);
}

TEST(RedisOptions, UserAndPassword) {
  RedisServer server({.user = "till", .password = "s3cret"});
  Shop shop(at(server.port(), R"("username": "till", "password": "s3cret")"));
  shop.publish("{}").value();
  Native native(server.port());
  native({"AUTH", "till", "s3cret"});
  EXPECT_NE(native({"CLIENT", "LIST"}).find("name=ductape"), std::string::npos);
  EXPECT_EQ(native({"CLIENT", "LIST"}).find("user=default"), std::string::npos);
}

TEST(RedisOptions, PasswordAlone) {
  RedisServer server({.password = "s3cret"});
  EXPECT_TRUE(Shop(at(server.port(), R"("password": "s3cret")")).publish("{}").ok());
}

struct Wrong {
  std::string name, config;
  Errc code;
  std::string said;
};

TEST(RedisOptions, AWrongLogInIsSaidAtOnceAndWithoutTheSecret) {
  RedisServer server({.user = "till", .password = "s3cret"});
  for (const auto& wrong :
       {Wrong{"password", R"("username": "till", "password": "marker")", Errc::unauthenticated, "refused"},
        Wrong{"nothing", "", Errc::unauthenticated, "wants a password"}}) {
    Shop shop(at(server.port(), wrong.config));
    const auto refused = shop.publish("{}");
    ASSERT_FALSE(refused.ok()) << wrong.name;
    EXPECT_EQ(refused.error().code, wrong.code) << wrong.name << ": " << refused.error().message;
    const auto found = shop.diagnosis();
    EXPECT_EQ(found.state, HealthState::red);
    EXPECT_NE(found.found.find(wrong.said), std::string::npos) << found.found;
    EXPECT_EQ((found.found + found.knob + refused.error().message + refused.error().native).find("marker"),
              std::string::npos);
  }
}

TEST(RedisOptions, AMissingPermissionIsNamed) {
  RedisServer server({.configuration = "user reader on >pw ~* &* +@read +@connection\n"});
  Shop shop(at(server.port(), R"("username": "reader", "password": "pw")"));
  const auto refused = shop.publish("{}");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::permission_denied) << refused.error().message;
}

TEST(RedisOptions, ADatabaseThatIsNotThere) {
  RedisServer server;
  Shop shop(at(server.port(), R"("db": 4000)"));
  const auto refused = shop.publish("{}");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::invalid_argument) << refused.error().message;
  EXPECT_NE(refused.error().message.find("database"), std::string::npos);
}

TEST(RedisOptions, BadOnesAreRefusedBeforeAnythingIsSent) {
  for (const auto& [config, said] : std::vector<std::pair<std::string, std::string>>{
           {R"({"host": "127.0.0.1", "username": "till"})", "password"},
           {R"({"host": "127.0.0.1", "native": {"clientname": "x"}})", "client-name"},
           {R"({"host": "127.0.0.1", "tls": true, "tls.ca": "/nowhere.pem"})", "/nowhere.pem"},
           {R"({"host": "127.0.0.1", "tls": true, "tls.key": "/nowhere.pem"})", "go together"}}) {
    Shop shop(config);
    const auto refused = shop.publish("{}");
    ASSERT_FALSE(refused.ok()) << config;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument) << refused.error().message;
    EXPECT_NE((refused.error().message + refused.error().hint).find(said), std::string::npos)
        << refused.error().message;
  }
}

class RedisTls : public ::testing::Test {
 protected:
  static RedisServerOptions with(const support::Certificate& shown, const Certificates& all, bool wants = false) {
    RedisServerOptions options;
    options.tls =
        support::ServerTls{.certificate = shown, .authority = all.authority(), .client_certificate_required = wants};
    return options;
  }
  static std::string tls(const std::filesystem::path& authority, const std::string& more = {}) {
    return R"("tls": true, "tls.ca": ")" + authority.string() + "\"" + more;
  }
  const Certificates certificates_;
};

TEST_F(RedisTls, AServerThatProvesItself) {
  RedisServer server(with(certificates_.server(), certificates_));
  EXPECT_TRUE(Shop(at(server.tls_port(), tls(certificates_.authority()))).publish("{}").ok());
}

TEST_F(RedisTls, AClientThatProvesItself) {
  RedisServer server(with(certificates_.server(), certificates_, true));
  EXPECT_FALSE(Shop(at(server.tls_port(), tls(certificates_.authority()))).publish("{}", {.deadline = 2s}).ok());
  const auto& client = certificates_.client();
  EXPECT_TRUE(Shop(at(server.tls_port(),
                      tls(certificates_.authority(), R"(, "tls.certificate": ")" + client.certificate.string() +
                                                         R"(", "tls.key": ")" + client.key.string() + "\"")))
                  .publish("{}")
                  .ok());
}

TEST_F(RedisTls, AServerThatDoesNotIsRefusedByName) {
  struct Case {
    const support::Certificate& shown;
    const std::filesystem::path& trusted;
    std::string said;
  };
  for (const auto& [shown, trusted, said] :
       {Case{certificates_.server(), certificates_.other_authority(), "not trusted"},
        Case{certificates_.other_host(), certificates_.authority(), "another host"},
        Case{certificates_.expired(), certificates_.authority(), "expired"}}) {
    RedisServer server(with(shown, certificates_));
    Shop shop(at(server.tls_port(), tls(trusted)));
    const auto refused = shop.publish("{}");
    ASSERT_FALSE(refused.ok()) << said;
    EXPECT_EQ(refused.error().code, Errc::unauthenticated) << refused.error().message;
    EXPECT_NE(refused.error().message.find(said), std::string::npos) << refused.error().message;
    EXPECT_NE(shop.diagnosis().found.find(said), std::string::npos);
  }
}

TEST_F(RedisTls, OneSideAlone) {
  RedisServer server(with(certificates_.server(), certificates_));
  Shop plain_to_tls(at(server.tls_port()));
  EXPECT_EQ(plain_to_tls.diagnosis().state, HealthState::red);
  EXPECT_NE(plain_to_tls.diagnosis().knob.find("tls: true"), std::string::npos) << plain_to_tls.diagnosis().knob;
  Shop tls_to_plain(at(server.port(), tls(certificates_.authority())));
  EXPECT_NE(tls_to_plain.diagnosis().knob.find("speak TLS"), std::string::npos) << tls_to_plain.diagnosis().found;
}

TEST(RedisOptions, ASurveyOfWhatTheServerKeeps) {
  using Persistence = RedisServerOptions::Persistence;
  for (const auto& [kept, said, state] :
       {std::tuple(Persistence::none, "survives nothing", HealthState::red),
        std::tuple(Persistence::everysec, "survives process_crash", HealthState::green),
        std::tuple(Persistence::always, "survives power_loss", HealthState::green)}) {
    RedisServer server({.persistence = kept});
    Shop shop(at(server.port()));
    const auto found = shop.diagnosis();
    EXPECT_EQ(found.state, state);
    EXPECT_NE(found.found.find(said), std::string::npos) << found.found;
  }
}

TEST(RedisOptions, ModePubsubIsAChannelThatKeepsNothing) {
  RedisServer server({.persistence = RedisServerOptions::Persistence::none});
  Shop shop(at(server.port(), R"("mode": "pubsub", "channel": "news")"));
  const auto refused = shop.client().subscribe({.event = "orders:new"}, {.group = "g"}, [](const Message&) {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unsupported);

  shop.publish("nobody hears this").value();
  Inbox inbox;
  auto subscription = shop.client()
                          .subscribe({.event = "orders:new"}, {.mode = Mode::broadcast, .concurrency = 1},
                                     [&](const Message& message) { inbox.add(std::string(message.text())); })
                          .value();
  shop.publish("ours").value();
  Native(server.port())({"PUBLISH", "news", "foreign"});
  EXPECT_EQ(inbox.wait_for(2), (std::vector<std::string>{"ours", "foreign"}));
  EXPECT_EQ(shop.publish("{}", {.headers = {{"a", "1"}}}).error().code, Errc::unsupported);
  EXPECT_EQ(shop.diagnosis().state, HealthState::green) << shop.diagnosis().knob;
  EXPECT_EQ(Native(server.port())({"KEYS", "*"}), "");
}

TEST(RedisOptions, ATopicThatRequiresAServerWhichKeeps) {
  RedisServer server({.persistence = RedisServerOptions::Persistence::none});
  Shop shop(at(server.port()));
  EXPECT_TRUE(shop.publish("{}").ok());
  shop.client().registry().update_topic("shop", "orders:new", R"({"durability": "require"})").value();
  Result<Receipt> refused = shop.publish("{}");
  for (int i = 0; i < 100 && refused.ok(); ++i) refused = shop.publish("{}");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Errc::unsupported) << refused.error().message;
  EXPECT_NE(refused.error().message.find("durability: require"), std::string::npos);
}

}  // namespace
}  // namespace ductape::inline v0::redis::test
