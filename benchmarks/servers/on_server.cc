// SPDX-License-Identifier: Apache-2.0
// What is measured of a provider with a server, as its users have it: through the public API, on a store of its own.
#include "benchmarks/servers/on_server.h"

#include <thread>

namespace bench {

void make_store_on(const Workload& workload, const std::string& type, const std::string& config) {
  auto registry = expect(ductape::Registry::open("sqlite:" + workload.directory));
  const std::string metadata = workload.lean ? "lean" : "full";
  expect(registry.apply(
      "product: bench\nbrokers:\n  - tag: bench\n    name: Bench\n    envs: [ { slug: dev, type: " + type +
      ", config: " + config + " } ]\n    topics: [ { tag: messages, name: Messages, metadata: " + metadata +
      ", durability: lossy } ]\n"));
}

ductape::Client open_client(const std::string& directory) {
  return expect(ductape::Client::open({.product = "bench", .env = "dev", .store = "sqlite:" + directory}));
}

void make_group(ductape::Client& client) {
  const auto made = client.groups().create({.event = event, .group = "bench"});
  if (!made && made.error().code != ductape::Errc::already_exists) give_up(made.error().message);
}

void await_acks(const ductape::Subscription& subscription, std::size_t count) {
  for (;;) {
    const auto stats = subscription.stats();
    if (stats.lost > 0 || stats.acked > count) give_up("a message was handled more than once");
    if (stats.acked == count) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace bench

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"publish", bench::publish},
                     {"consume", bench::consume},
                     {"end-to-end", bench::broadcast},
                     {"paced", bench::paced},
                     {"stalled", bench::stalled}});
}
