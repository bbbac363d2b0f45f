// SPDX-License-Identifier: Apache-2.0
// Sends one message through the embedded broker of the store in the working directory; the broker in memory and the
// other providers are linked too.
#include <ductape/ductape.hpp>
#include <ductape/testing/broker.hpp>
#include <iostream>

int main() {
  const ductape::testing::Broker broker;
  auto client = ductape::Client::open({}).value();
  std::cout << client.publish({.event = "events:hello", .message = R"({"n":1})"}).get().value().provider << '\n';
}
