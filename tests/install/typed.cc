// SPDX-License-Identifier: Apache-2.0
// A typed topic handle on the installed library: publishes one order and waits until its handler has seen it.
#include <chrono>
#include <ductape/ductape.hpp>
#include <ductape/serializers/json.hpp>
#include <future>
#include <iostream>

struct Order {
  std::string orderId;
  double total;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, orderId, total)

int main() {
  auto client = ductape::Client::open({.product = "shop", .env = "dev"}).value();
  auto orders = client.topic<Order>("orders:paid-orders").value();

  std::promise<double> charged;
  auto subscription = orders
                          .subscribe({.group = "billing"},
                                     [&](const Order& order, const ductape::Context&) {
                                       if (order.total < 0) throw ductape::Reject("negative total");
                                       charged.set_value(order.total);
                                     })
                          .value();
  orders.publish({"12345", 99.99}, {.key = "cust_789"}).get().value();

  auto total = charged.get_future();
  if (total.wait_for(std::chrono::seconds(20)) != std::future_status::ready) return 1;
  std::cout << "charged " << total.get() << '\n';
}
