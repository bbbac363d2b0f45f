// SPDX-License-Identifier: Apache-2.0
// A member of a group, until SIGTERM. Each handler takes a random time and appends a record (id, key, publisher,
// sequence) to the log that all members share, before its ack; FAIL_PERCENT of them fail instead, and append to the
// log's `.failed`. Exit status 0 after a clean drain.
//
//   chaos_consumer EVENT GROUP LOG LEASE_MS HANDLER_US FAIL_PERCENT [ack-first]
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
  Handler(const std::string& log_path, int most_us, int fail_percent)
      : log_(log_path.c_str()),
        failures_((log_path + ".failed").c_str()),
        most_us_(static_cast<unsigned>(most_us)),
        fail_percent_(static_cast<unsigned>(fail_percent)) {}

  void work() const { std::this_thread::sleep_for(std::chrono::microseconds(draw() % (most_us_ / 2 + 1))); }
  void perhaps_fail(const ductape::Message& message) const {
    if (draw() % 100 >= fail_percent_) return;
    failures_.append({message.id()});
    throw std::runtime_error("drawn to fail");
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
  static std::uint32_t draw() {
    thread_local std::mt19937 random(std::random_device{}());
    return static_cast<std::uint32_t>(random());
  }
  chaos::RecordLog log_, failures_;
  unsigned most_us_, fail_percent_;
  std::atomic<bool> altered_ = false;
};

int run(int argc, char** argv) {
  const chaos::TerminateSignal terminate;
  Handler handler(argv[3], std::atoi(argv[5]), std::atoi(argv[6]));
  auto client = ductape::Client::open({}).value();
  ductape::SubscribeOptions options{.group = argv[2]};
  options.concurrency = 16;
  options.lease = std::chrono::milliseconds(std::atoi(argv[4]));
  const auto keep_the_rule = [&](const ductape::Message& message) {
    handler.work();
    handler.perhaps_fail(message);
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
  const auto subscribe = [&] {
    return argc > 7 ? client.subscribe(request, options, break_the_rule)
                    : client.subscribe(request, options, keep_the_rule);
  };
  auto begun = subscribe();
  // Another process may be frozen in the middle of a commit.
  while (!begun && begun.error().code == ductape::Errc::unavailable && !terminate.came_within(100ms))
    begun = subscribe();
  auto subscription = std::move(begun).value();
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
  if (argc < 7 || argc > 8 || (argc == 8 && std::string_view(argv[7]) != "ack-first")) {
    std::cerr << "usage: chaos_consumer EVENT GROUP LOG LEASE_MS HANDLER_US FAIL_PERCENT [ack-first]\n";
    return 2;
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "chaos_consumer: " << failure.what() << '\n';
    return 1;
  }
}
