// SPDX-License-Identifier: Apache-2.0
// A person changes a password at the server, then in the store, while a client publishes and subscribes.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>

#include <ductape/client.hpp>

#include "tests/support/nats_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_connection.h"

namespace ductape::inline v0::support {
namespace {

using namespace std::chrono_literals;

/// A server that lets `till` in with the password `one`, and how another password is set there; who was in with the
/// old one is thrown out.
struct Redis {
  [[nodiscard]] std::string config() const {
    return R"({"host": "127.0.0.1", "port": )" + std::to_string(server.port()) +
           R"(, "username": "till", "password": "one"})";
  }
  void rotate() const {
    TextConnection person(server.port());
    for (const auto* line :
         {"AUTH till one", "ACL SETUSER till resetpass >two", "CLIENT KILL TYPE normal SKIPME yes"}) {
      person.send(std::string(line) + "\r\n");
      const auto answer = person.read_line();
      EXPECT_TRUE(answer.starts_with("+OK") || answer.starts_with(":")) << line << ": " << answer;
    }
  }
  static constexpr const char* type = "REDIS";
  static constexpr const char* secret = "orders_dev_password";
  const RedisServer server{{.user = "till", .password = "one"}};
};

struct Nats {
  [[nodiscard]] std::string config() const {
    return R"({"servers": "nats://127.0.0.1:)" + std::to_string(server.port()) +
           R"(", "user": "till", "pass": "one", "reconnectTimeWait": "100ms"})";
  }
  void rotate() {
    const auto file = server.process().directory() / "nats.conf";
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    auto configuration = text.str();
    const std::string before = R"(password: "one")", after = R"(password: "two")";
    configuration.replace(configuration.find(before), before.size(), after);
    std::ofstream(file) << configuration;
    ASSERT_EQ(kill(server.process().process_id(), SIGHUP), 0);
  }
  static constexpr const char* type = "NATS";
  static constexpr const char* secret = "orders_dev_pass";
  NatsServer server{{.user = "till", .password = "one"}};
};

/// What is said or handled, in its order.
class Heard {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(text));
    changed_.notify_all();
  }
  bool wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 30s, [&] { return std::ranges::find(all_, text) != all_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

template <class Server>
struct Rotation : testing::Test {
  Client open() { return Client::open({.product = "shop", .env = "dev", .store = store}).value(); }
  Result<Receipt> publish(Client& client, const std::string& body) {
    return client.publish({.event = "orders:new", .message = body}, {.deadline = 5s}).get();
  }

  Server server;
  const TemporaryDirectory directory{"rotation-test"};
  const std::string store = "sqlite:" + directory.path().string();
  Registry registry = Registry::open(store).value();  // the person's, in another process
};
using Locked = testing::Types<Redis, Nats>;
TYPED_TEST_SUITE(Rotation, Locked);

TYPED_TEST(Rotation, IsFollowedByAClientThatRuns) {
  this->registry
      .apply(std::string(R"({"product": "shop", "brokers": [{"tag": "orders", "topics": [{"tag": "new"}],
                             "envs": [{"slug": "dev", "type": ")") +
             TypeParam::type + R"(", "config": )" + this->server.config() + "}]}]}")
      .value();
  auto client = this->open();
  Heard handled;
  auto subscription = client
                          .subscribe({.event = "orders:new"}, {.group = "g", .concurrency = 1},
                                     [&](const Message& message) { handled.add(std::string(message.text())); })
                          .value();
  this->publish(client, "1").value();
  ASSERT_TRUE(handled.wait_for("1"));

  this->server.rotate();
  const auto eventually = [](const std::function<bool()>& holds) {
    for (const auto end = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < end;)
      if (holds()) return true;
    return false;
  };
  EXPECT_TRUE(eventually([&] { return client.health(2s).state != HealthState::green; })) << "it is told meanwhile";

  this->registry.set_secret("shop", TypeParam::secret, Secret("two")).value();
  const auto sent = this->publish(client, "2");
  EXPECT_TRUE(sent.ok()) << "over a new connection, at once: " << sent.error().message;
  EXPECT_TRUE(handled.wait_for("2")) << "nor has the subscription ended";
  EXPECT_TRUE(eventually([&] { return client.health(2s).state == HealthState::green; }));
}

}  // namespace
}  // namespace ductape::inline v0::support
