// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include "tests/support/redis_server.h"
#include "tests/support/shop.h"

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
class Inbox : public support::Inbox {
 public:
  std::vector<std::string> wait_for(std::size_t count) { return support::Inbox::wait_for(count, 15s); }
};

class Shop : public support::Shop {
 public:
  explicit Shop(const std::string& config, std::function<void(const Notice&)> on_notice = {})
      : support::Shop("REDIS", config, std::move(on_notice)) {}
  Result<Receipt> publish(std::string body, PublishOptions options = {.deadline = 5s}) {
    return support::Shop::publish(std::move(body), std::move(options));
  }
};

inline std::string at(std::uint16_t port, const std::string& more = {}) {
  return R"({"host": "127.0.0.1", "port": )" + std::to_string(port) + (more.empty() ? "" : ", " + more) + "}";
}

}  // namespace ductape::inline v0::redis::test
