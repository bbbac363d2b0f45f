// SPDX-License-Identifier: Apache-2.0
// A topic whose messages are values of one type. Prepared by `ductape apply -f examples/orders.yaml`.
#include <ductape/ductape.hpp>
#include <ductape/serializers/json.hpp>
#include <iostream>
#include <syncstream>

struct Order {
  std::string orderId;
  double total;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, orderId, total)

namespace {

// The id makes charging safe to repeat: a message may come twice.
void charge(const Order& order, std::string_view id) {
  // The handler's thread and main both print: whole lines.
  std::osyncstream(std::cout) << "charged " << order.total << " for order " << order.orderId << ", once for " << id
                              << std::endl;
}

}  // namespace

int main() {
  auto client = ductape::Client::open({.product = "shop", .env = "dev"}).value();

  auto orders = client.topic<Order>("orders:payments").value();
  auto sub = orders
                 .subscribe({.group = "billing", .retry = {.max_attempts = 3}},
                            [&](const Order& order, const ductape::Context& context) {
                              if (order.total < 0) throw ductape::Reject("negative total");  // to the dead letters
                              charge(order, context.id());
                            })
                 .value();
  auto receipt = orders.publish({"12345", 99.99}, {.key = "cust_789"}).get().value();
  std::osyncstream(std::cout) << "accepted " << receipt.id << std::endl;

  return client.run_until_signal();
}
