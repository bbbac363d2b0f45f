// SPDX-License-Identifier: Apache-2.0
// ductape::testing from outside: a broker in memory, no store, no waiting.
#include <ductape/ductape.hpp>
#include <ductape/testing/broker.hpp>
#include <iostream>

int main() {
  ductape::testing::Broker broker;
  broker.declare("shop", "orders:new");
  auto client = broker.client({.product = "shop"});

  std::string seen;
  auto subscription =
      client.subscribe({.event = "orders:new"}, [&](const ductape::Message& order) { seen = order.text(); }).value();
  auto receipt = client.publish({.event = "orders:new", .message = R"({"n":1})"});
  broker.run_until_idle();

  std::cout << receipt.get().value().provider << ' ' << seen << '\n';
  return seen == R"({"n":1})" ? 0 : 1;
}
