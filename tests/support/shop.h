// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <ductape/client.hpp>
#include <mutex>

#include "tests/support/temporary_directory.h"

namespace ductape::inline v0::support {

/// Texts that come on other threads: what a handler got, what was noticed.
class Inbox {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return texts_.size() >= count; });
    return texts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_;
};

/// A client of a registry in which broker `orders` is of that type and config, with a topic `orders:new`.
class Shop {
 public:
  Shop(const std::string& type, const std::string& config, std::function<void(const Notice&)> on_notice = {}) {
    auto registry = Registry::open(store()).value();
    registry.create(Product{.tag = "shop"}).value();
    registry
        .create(Broker{.product = "shop", .tag = "orders", .envs = {{.slug = "dev", .type = type, .config = config}}})
        .value();
    registry.create(TopicDefinition{.product = "shop", .broker = "orders", .tag = "new"}).value();
    client_.emplace(
        Client::open({.product = "shop", .env = "dev", .store = store(), .on_notice = std::move(on_notice)}).value());
  }
  [[nodiscard]] Client& client() { return *client_; }
  Result<Receipt> publish(std::string body, PublishOptions options = {.deadline = std::chrono::seconds(10)}) {
    return client().publish({.event = "orders:new", .message = std::move(body)}, std::move(options)).get();
  }
  Result<Subscription> subscribe(const std::string& group, Inbox& inbox) {
    return client().subscribe({.event = "orders:new"}, {.group = group},
                              [&inbox](const Message& message) { inbox.add(std::string(message.text())); });
  }
  /// What `doctor` says of the broker.
  Finding diagnosis() {
    for (auto& finding : client().diagnose(std::chrono::seconds(8)))
      if (finding.what == "broker orders in dev") return finding;
    return {};
  }

 private:
  [[nodiscard]] std::string store() const { return "sqlite:" + directory_.path().string(); }
  const TemporaryDirectory directory_{"shop-test"};
  std::optional<Client> client_;
};

}  // namespace ductape::inline v0::support
