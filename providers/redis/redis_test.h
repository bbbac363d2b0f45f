// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <condition_variable>
#include <mutex>

#include <ductape/client.hpp>

#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

namespace ductape::inline v0::redis::test {

using namespace std::chrono_literals;

/// A client of Redis that is not ours.
class Native {
 public:
  explicit Native(std::uint16_t port) : context_(redisConnect("127.0.0.1", port), redisFree) {}

  /// The reply as text, numbers too; lists joined by spaces.
  std::string operator()(std::vector<std::string> arguments) {
    std::vector<const char*> begins;
    std::vector<std::size_t> sizes;
    for (const auto& argument : arguments) begins.push_back(argument.data()), sizes.push_back(argument.size());
    auto* reply = static_cast<redisReply*>(
        redisCommandArgv(context_.get(), static_cast<int>(begins.size()), begins.data(), sizes.data()));
    if (reply == nullptr) return "no reply";
    auto text = text_of(*reply);
    freeReplyObject(reply);
    return text;
  }

 private:
  static std::string text_of(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
    if (reply.type != REDIS_REPLY_ARRAY) return reply.str == nullptr ? "nil" : std::string(reply.str, reply.len);
    std::string all;
    for (std::size_t i = 0; i < reply.elements; ++i) all += (i > 0 ? " " : "") + text_of(*reply.element[i]);
    return all;
  }
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

/// What a handler got.
class Inbox {
 public:
  void add(std::string body) {
    const std::lock_guard lock(mutex_);
    bodies_.push_back(std::move(body));
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 15s, [&] { return bodies_.size() >= count; });
    return bodies_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> bodies_;
};

/// A registry in which broker `orders` is a Redis of that config, with a topic `orders:new`.
class Shop {
 public:
  explicit Shop(const std::string& config, std::function<void(const Notice&)> on_notice = {}) {
    auto registry = Registry::open(store()).value();
    registry.create(Product{.tag = "shop"}).value();
    registry
        .create(
            Broker{.product = "shop", .tag = "orders", .envs = {{.slug = "dev", .type = "REDIS", .config = config}}})
        .value();
    registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "new"}).value();
    client_.emplace(
        Client::open({.product = "shop", .env = "dev", .store = store(), .on_notice = std::move(on_notice)}).value());
  }
  [[nodiscard]] Client& client() { return *client_; }
  Result<Receipt> publish(std::string body, PublishOptions options = {.deadline = 5s}) {
    return client().publish({.event = "orders:new", .message = std::move(body)}, std::move(options)).get();
  }
  /// What `doctor` says of the broker.
  Finding diagnosis() {
    for (auto& finding : client().diagnose(8s))
      if (finding.what == "broker orders in dev") return finding;
    return {};
  }

 private:
  [[nodiscard]] std::string store() const { return "sqlite:" + directory_.path().string(); }
  const support::TemporaryDirectory directory_{"redis-test"};
  std::optional<Client> client_;
};

inline std::string at(std::uint16_t port, const std::string& more = {}) {
  return R"({"host": "127.0.0.1", "port": )" + std::to_string(port) + (more.empty() ? "" : ", " + more) + "}";
}

}  // namespace ductape::inline v0::redis::test
