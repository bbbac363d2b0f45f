// SPDX-License-Identifier: Apache-2.0
// A member of a group, until SIGTERM. Each handler takes a random time and appends a record (id, key, publisher,
// sequence) to the log that all members share, before its ack. Exit status 0 after a clean drain.
//
//   chaos_consumer EVENT GROUP LOG LEASE_MS HANDLER_US [ack-first]
//
// With `ack-first` it breaks the rule and appends after the ack; a checker that is worth anything must notice.
#include <ductape/ductape.hpp>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/chaos/message.h"
#include "tests/chaos/record_log.h"
#include "tests/chaos/terminate_signal.h"

namespace {
using namespace std::chrono_literals;

/// What a handler does with a message.
class Handler {
 public:
  Handler(const char* log_path, int most_us) : log_(log_path), most_us_(most_us) {}

  void work() const {
    thread_local std::mt19937 random(std::random_device{}());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % (most_us_ / 2 + 1)));
  }
  void note(const ductape::Message& message) {
    const auto publisher = message.header("publisher").value_or("");
    const auto sequence = message.header("sequence").value_or("");
    if (message.text() != chaos::body(publisher, std::strtoull(std::string(sequence).c_str(), nullptr, 10))) {
      std::cerr << "the body of " + std::string(message.id()) + " has changed\n";
      altered_ = true;
    }
    log_.append({message.id(), message.key(), publisher, sequence});
  }
  [[nodiscard]] bool altered() const { return altered_; }

 private:
  chaos::RecordLog log_;
  unsigned most_us_;
  std::atomic<bool> altered_ = false;
};

int run(int argc, char** argv) {
  const chaos::TerminateSignal terminate;
  Handler handler(argv[3], std::atoi(argv[5]));
  auto client = ductape::Client::open({}).value();
  ductape::SubscribeOptions options{.group = argv[2]};
  options.concurrency = 16;
  options.lease = std::chrono::milliseconds(std::atoi(argv[4]));
  const auto keep_the_rule = [&](const ductape::Message& message) {
    handler.work();
    handler.note(message);
    handler.work();
  };
  const auto break_the_rule = [&](ductape::Delivery delivery) {
    const auto message = delivery.message();
    std::move(delivery).ack();
    std::this_thread::sleep_for(20ms);
    handler.note(message);
  };
  const ductape::SubscribeRequest request{.event = argv[1]};
  auto subscription = (argc > 6 ? client.subscribe(request, options, break_the_rule)
                                : client.subscribe(request, options, keep_the_rule))
                          .value();
  while (!terminate.came_within(500ms)) {
    if (auto ended = subscription.wait(0ms); ended || ended.error().code != ductape::Errc::timed_out) {
      std::cerr << "the subscription ended by itself: " << (ended ? "well" : ended.error().message) << '\n';
      return 1;
    }
  }
  subscription.close().value();
  client.close().value();
  return handler.altered() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6 || argc > 7 || (argc == 7 && std::string_view(argv[6]) != "ack-first")) {
    std::cerr << "usage: chaos_consumer EVENT GROUP LOG LEASE_MS HANDLER_US [ack-first]\n";
    return 2;
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "chaos_consumer: " << failure.what() << '\n';
    return 1;
  }
}
