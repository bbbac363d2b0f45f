// SPDX-License-Identifier: Apache-2.0
// clang-format off
#include <ductape/ductape.hpp>
#include <iostream>

int main() {
  auto client = ductape::Client::open({.product = "shop", .env = "dev", .service = "billing"}).value();

  auto subscription = client.subscribe({.event = "orders:new-orders"}, [](const ductape::Message& order) {
    std::cout << order.id() << ' ' << order.text() << '\n';        // return = ack, throw = try again, then dead letter
  }).value();

  auto receipt = client.publish({.event = "orders:new-orders", .message = R"({"orderId":"12345","status":"pending"})"})
                     .get().value();                                // Future<Receipt>; get() waits for the provider's confirmation
  std::cout << "accepted " << receipt.id << " by " << receipt.provider << '\n';

  client.run_until_signal();                                        // SIGTERM: finish what runs, give back the rest
}
