// SPDX-License-Identifier: Apache-2.0
// A handler that keeps its Delivery and returns: another thread does the work and settles. Until then the message is
// this member's, its lease is renewed, and no worker waits for it.
#include <condition_variable>
#include <ductape/ductape.hpp>
#include <iostream>
#include <mutex>
#include <queue>
#include <thread>

namespace {

/// Hands deliveries from the handlers to the thread that finishes them.
class Inbox {
 public:
  void put(ductape::Delivery delivery) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push(std::move(delivery));
    }
    changed_.notify_one();
  }

  /// Empty once `stop` is asked for.
  std::optional<ductape::Delivery> take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return std::nullopt;
    auto delivery = std::move(waiting_.front());
    waiting_.pop();
    return delivery;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::queue<ductape::Delivery> waiting_;
};

void finish(ductape::Delivery delivery) {
  std::cout << "shipped " << delivery.message().text() << std::endl;
  std::move(delivery).ack([](ductape::Result<void> taken) {
    if (!taken) std::cerr << "it comes again: " << taken.error().message << std::endl;
  });
}

std::string order(int number) { return R"({"orderId":")" + std::to_string(number) + R"(","status":"pending"})"; }

}  // namespace

int main() {
  auto client = ductape::Client::open({.product = "shop", .env = "dev"}).value();

  Inbox inbox;
  auto subscription = client
                          .subscribe({.event = "orders:new-orders"}, {.group = "shipping", .limit = 3},
                                     [&](ductape::Delivery delivery) { inbox.put(std::move(delivery)); })
                          .value();
  std::jthread shipping([&](const std::stop_token& stop) {
    while (auto delivery = inbox.take(stop)) finish(std::move(*delivery));
  });

  for (int number = 1; number <= 3; ++number)
    client.publish({.event = "orders:new-orders", .message = order(number)}).get().value();

  subscription.wait().value();  // until three outcomes were taken: the limit above
  client.close().value();
}
