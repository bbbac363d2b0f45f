// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

#include "benchmarks/local/batches.h"
#include "benchmarks/servers/on_server.h"

namespace bench {
namespace {

std::size_t resident_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::stoul(line.substr(field.size()));
  give_up("/proc/self/status has no " + field);
}

}  // namespace

/// How large this process gets when a backlog waits, and a handler that was fast, so that much is fetched ahead, stops.
void stalled(const Workload& workload) {
  make_store(workload);
  auto client = open_client(workload.directory);
  make_group(client);
  auto topic = expect(client.topic(event));
  std::vector<std::int64_t> sent(workload.messages);
  Batches(topic, workload).send_all(sent);

  constexpr std::size_t fast = 20'000;
  std::atomic<std::size_t> handled = 0;
  std::atomic<bool> over = false;
  auto subscription = expect(topic.subscribe({.group = "bench"}, [&](const ductape::Message&) {
    if (handled.fetch_add(1) >= fast) over.wait(false);
  }));
  while (handled < fast) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  std::printf("{\"resident_mib\":%.1f,\"most_mib\":%.1f}\n", static_cast<double>(resident_kib("VmRSS:")) / 1024,
              static_cast<double>(resident_kib("VmHWM:")) / 1024);
  over = true;
  over.notify_all();
}

}  // namespace bench
