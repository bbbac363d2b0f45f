// SPDX-License-Identifier: Apache-2.0
// Publishes keyed messages in bursts, many under way at once, until SIGTERM. For each receipt a record (id, key,
// sequence) is appended to the log. Exit status 0 if every publish was confirmed.
//
//   chaos_publisher EVENT LOG NAME KEYS RATE
#include <ductape/ductape.hpp>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/chaos/message.h"
#include "tests/chaos/record_log.h"
#include "tests/chaos/terminate_signal.h"

namespace {
using namespace std::chrono_literals;

constexpr int bursts_a_second = 5;
// Others may be frozen in the middle of a commit, one after the other.
constexpr auto patience = 3min;

int run(const char* event, const char* log_path, const std::string& name, unsigned keys, int rate) {
  const chaos::TerminateSignal terminate;
  const chaos::RecordLog log(log_path);
  std::atomic<int> failed = 0;
  auto client = ductape::Client::open({}).value();
  auto topic = client.topic(event).value();
  std::mt19937 random(std::random_device{}());

  std::uint64_t sequence = 0;
  do {
    for (int left = rate / bursts_a_second; left > 0; --left) {
      const auto key = "k" + std::to_string(random() % keys);
      const auto number = std::to_string(++sequence);
      topic.publish(chaos::body(name, sequence),
                    {.key = key, .headers = {{"publisher", name}, {"sequence", number}}, .deadline = patience},
                    [&log, &failed, key, number](ductape::Result<ductape::Receipt> receipt) {
                      if (receipt) return log.append({receipt->id, key, number});
                      ++failed;
                      std::cerr << "publish " + number + " failed: " + receipt.error().message + "\n";
                    });
    }
  } while (!terminate.came_within(1000ms / bursts_a_second));
  client.close(patience).value();
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: chaos_publisher EVENT LOG NAME KEYS RATE\n";
    return 2;
  }
  try {
    return run(argv[1], argv[2], argv[3], static_cast<unsigned>(std::atoi(argv[4])), std::atoi(argv[5]));
  } catch (const std::exception& failure) {
    std::cerr << "chaos_publisher: " << failure.what() << '\n';
    return 1;
  }
}
