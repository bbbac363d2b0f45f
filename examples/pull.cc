// SPDX-License-Identifier: Apache-2.0
// The pull form: the program asks for messages when it has time for them. Ends when the group has nothing more.
#include <ductape/ductape.hpp>
#include <iostream>

namespace {
std::string order(int number) { return R"({"orderId":")" + std::to_string(number) + R"(","status":"pending"})"; }
}  // namespace

int main() {
  using namespace std::chrono_literals;
  auto client = ductape::Client::open({.product = "shop", .env = "dev"}).value();

  auto subscription = client.subscribe({.event = "orders:new-orders"}, {.group = "warehouse"}).value();

  for (int number = 1; number <= 3; ++number)
    client.publish({.event = "orders:new-orders", .message = order(number)}).get().value();

  for (;;) {
    auto deliveries = subscription.receive(10, 2s).value();
    if (deliveries.empty()) break;
    for (auto& delivery : deliveries) {
      std::cout << "packed " << delivery.message().text() << std::endl;
      std::move(delivery).ack();
    }
  }
  client.close().value();
}
