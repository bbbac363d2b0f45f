// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "tests/support/rabbitmq_server.h"
#include "tests/support/shop.h"

namespace ductape::inline v0::rabbitmq::test {

using namespace std::chrono_literals;

using support::Inbox;

class Shop : public support::Shop {
 public:
  explicit Shop(const std::string& config, std::function<void(const Notice&)> on_notice = {})
      : support::Shop("RABBITMQ", config, std::move(on_notice)) {}
};

inline std::string at(std::uint16_t port, const std::string& more = {}, const std::string& host = "127.0.0.1") {
  return R"({"host": ")" + host + R"(", "port": )" + std::to_string(port) + (more.empty() ? "" : ", " + more) + "}";
}

inline testing::AssertionResult has(const std::string& text, const std::string& part) {
  return (text.find(part) == std::string::npos ? testing::AssertionFailure() : testing::AssertionSuccess())
         << "`" << part << "` in:\n"
         << text;
}

}  // namespace ductape::inline v0::rabbitmq::test
