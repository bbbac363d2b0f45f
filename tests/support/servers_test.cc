// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "tests/support/nats_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

using namespace std::chrono_literals;

testing::AssertionResult has(const std::string& text, const std::string& part) {
  return (text.find(part) == std::string::npos ? testing::AssertionFailure() : testing::AssertionSuccess())
         << "`" << part << "` in:\n"
         << text;
}
/// The argument with which this program holds a server until it is killed.
constexpr const char* holds_a_server = "--hold-a-server";

// Both servers speak lines: what they say to a client that came, or to one that asked.
struct Redis {
  RedisServer server;
  std::string greeting() { return ask(server.port(), "PING\r\n"); }
  static constexpr const char* word = "+PONG";
};
struct Nats {
  NatsServer server;
  std::string greeting() { return ask(server.port(), "PING\r\n"); }
  static constexpr const char* word = "INFO";
};

template <class Kind>
class Servers : public testing::Test {
 protected:
  bool answers() { return kind_.greeting().starts_with(Kind::word); }
  ServerProcess& process() { return kind_.server.process(); }
  Kind kind_;
};
using Kinds = testing::Types<Redis, Nats>;
TYPED_TEST_SUITE(Servers, Kinds);

TYPED_TEST(Servers, StopsAndStartsOnTheSamePort) {
  EXPECT_TRUE(this->answers());
  const auto port = this->kind_.server.port();
  this->process().stop();
  EXPECT_FALSE(this->answers());
  EXPECT_FALSE(this->process().running());
  this->process().start();
  EXPECT_TRUE(this->answers());
  EXPECT_EQ(this->kind_.server.port(), port);
}

TYPED_TEST(Servers, IsKilled) {
  TextConnection connection(this->kind_.server.port());
  this->process().kill();
  EXPECT_TRUE(connection.is_closed());
  EXPECT_FALSE(this->answers());
  this->process().start();
  EXPECT_TRUE(this->answers());
}

TYPED_TEST(Servers, StandsStillAndGoesOn) {
  this->process().freeze();
  EXPECT_FALSE(this->answers());
  EXPECT_TRUE(this->process().running());
  this->process().thaw();
  EXPECT_TRUE(this->answers());
  this->process().freeze();
  this->process().stop();
  EXPECT_FALSE(this->process().running()) << "a frozen server is stopped too";
}

TYPED_TEST(Servers, StandsInAGroupOfItsOwn) {
  EXPECT_EQ(getpgid(this->process().process_id()), this->process().process_id());
}

TYPED_TEST(Servers, OutlivesTheThreadThatStartedIt) {
  this->process().stop();
  std::thread([this] { this->process().start(); }).join();
  EXPECT_TRUE(this->answers());
}

TEST(RedisServer, KeepsItsDataOrNot) {
  using Persistence = RedisServerOptions::Persistence;
  for (const auto persistence : {Persistence::none, Persistence::everysec, Persistence::always}) {
    RedisServer server({.persistence = persistence});
    ASSERT_EQ(server.command("SET key value"), "+OK\r\n");
    server.process().stop();
    server.process().start();
    const auto kept = server.command("EXISTS key");
    EXPECT_EQ(kept, persistence == Persistence::none ? ":0\r\n" : ":1\r\n");
  }
}

TEST(RedisServer, LetsInWhoLogsIn) {
  const RedisServer with_password({.password = "secret"});
  EXPECT_TRUE(ask(with_password.port(), "PING\r\n").starts_with("-NOAUTH"));
  EXPECT_EQ(with_password.command("ACL WHOAMI"), "$7\r\ndefault\r\n");
  const RedisServer with_user({.user = "alice", .password = "secret"});
  EXPECT_TRUE(ask(with_user.port(), "AUTH secret\r\n").starts_with("-WRONGPASS"));
  EXPECT_EQ(with_user.command("ACL WHOAMI"), "$5\r\nalice\r\n");
}

TEST(NatsServer, KeepsItsStreams) {
  NatsServer server;
  {
    TextConnection client(server.port());
    ASSERT_TRUE(client.read_line().starts_with("INFO"));
    const std::string stream = R"({"name":"orders","subjects":["orders"],"storage":"file"})";
    client.send("CONNECT {\"verbose\":false}\r\nSUB answer 1\r\n");
    client.send("PUB $JS.API.STREAM.CREATE.orders answer " + std::to_string(stream.size()) + "\r\n" + stream + "\r\n");
    ASSERT_TRUE(client.read_line().starts_with("MSG answer 1"));
    client.send("PUB orders answer 5\r\nfirst\r\n");
    ASSERT_TRUE(client.read_line().starts_with("MSG answer 1"));
  }
  server.process().kill();
  server.process().start();
  EXPECT_TRUE(has(server.monitor("/jsz"), "\"messages\": 1"));
}

TEST(NatsServer, LetsInWhoLogsIn) {
  const auto answer = [](std::uint16_t port, const std::string& options) {
    TextConnection client(port);
    client.read_line();
    client.send("CONNECT {\"verbose\":true," + options + "}\r\n");
    return client.read_line();
  };
  const NatsServer with_user({.user = "alice", .password = "secret"});
  EXPECT_EQ(answer(with_user.port(), R"("user":"alice","pass":"secret")"), "+OK\r\n");
  EXPECT_TRUE(answer(with_user.port(), R"("user":"alice","pass":"wrong")").starts_with("-ERR"));
  const NatsServer with_token({.token = "secret"});
  EXPECT_EQ(answer(with_token.port(), R"("auth_token":"secret")"), "+OK\r\n");
  EXPECT_TRUE(answer(with_token.port(), R"("auth_token":"wrong")").starts_with("-ERR"));
}

// What the openssl program, which trusts our authority, says of a server that shows this certificate.
std::string verdict(const Certificates& ours, const ServerTls& tls, const std::string& more = {}) {
  const RedisServer server({.tls = tls});
  const auto command =
      "printf 'QUIT\\r\\n' | openssl s_client -brief -ign_eof -verify_return_error -verify_hostname localhost -connect "
      "localhost:" +
      std::to_string(server.tls_port()) + " -CAfile " + ours.authority().string() + " " + more + " 2>&1";
  std::string said;
  std::FILE* const output = popen(command.c_str(), "r");
  for (int c; (c = std::fgetc(output)) != EOF;) said += static_cast<char>(c);
  pclose(output);
  return said;
}

TEST(Certificates, AreWhatTheirNamesSay) {
  const Certificates certificates;
  const auto shown = [&](const Certificate& certificate, const std::string& more = {}) {
    return verdict(certificates, {.certificate = certificate, .authority = certificates.authority()}, more);
  };
  EXPECT_TRUE(has(shown(certificates.server()), "Verification: OK"));
  EXPECT_TRUE(has(shown(certificates.server(), "-CAfile " + certificates.other_authority().string()),
                  "certificate verify failed"));
  EXPECT_TRUE(has(shown(certificates.other_host()), "hostname mismatch"));
  EXPECT_TRUE(has(shown(certificates.expired()), "certificate has expired"));
}

TEST(Certificates, AServerMayAskForTheClients) {
  const Certificates certificates;
  const ServerTls strict{certificates.server(), certificates.authority(), true};
  EXPECT_FALSE(has(verdict(certificates, strict), "+OK"));
  const auto& client = certificates.client();
  EXPECT_TRUE(has(
      verdict(certificates, strict, "-cert " + client.certificate.string() + " -key " + client.key.string()), "+OK"));
}

TEST(NatsServer, AsksForTls) {
  const Certificates certificates;
  const NatsServer server({.tls = ServerTls{certificates.server(), certificates.authority()}});
  EXPECT_TRUE(has(ask(server.port(), ""), "\"tls_required\":true"));
}

TEST(ServerProcess, TellsWhyAServerDoesNotStart) {
  ServerProcess process("shell");
  process.set_command({"sh", "-c", "echo cannot open the store; exit 3"}, [] { return false; });
  try {
    process.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& failure) {
    EXPECT_TRUE(has(failure.what(), "cannot open the store"));
  }
}

TEST(ServerProcess, LeavesNothingBehind) {
  std::filesystem::path directory;
  pid_t process = 0;
  {
    RedisServer server;
    directory = server.process().directory();
    process = server.process().process_id();
    ASSERT_TRUE(std::filesystem::exists(directory));
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_EQ(kill(process, 0), -1);
}

// A program that is killed takes its servers along.
TEST(ServerProcess, DiesWithTheProgram) {
  ServerProcess program("program");
  program.set_command({"/proc/self/exe", holds_a_server},
                      [&] { return program.log_tail().find('\n') != std::string::npos; });
  program.start();
  const auto port = static_cast<std::uint16_t>(std::stoi(program.log_tail()));
  ASSERT_EQ(ask(port, "PING\r\n"), "+PONG\r\n");
  program.kill();
  for (const auto end = std::chrono::steady_clock::now() + 5s; !ask(port, "PING\r\n").empty();)
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "the server still answers";
}

}  // namespace
}  // namespace ductape::inline v0::support

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == ductape::support::holds_a_server) {
    const ductape::support::RedisServer server;
    std::cout << server.port() << std::endl;
    pause();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
