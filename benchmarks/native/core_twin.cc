// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "benchmarks/native/nats_link.h"
#include "benchmarks/native/paced.h"

namespace bench {
namespace {

constexpr std::size_t window = 4'096;  // messages between two confirmations by the server

void publish(const Workload& workload, natsConnection* connection) {
  NatsWriter writer(workload);
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  for (std::size_t i = 0; i < workload.messages; ++i) {
    writer.publish(connection, i);
    if (i % window == window - 1) check(natsConnection_Flush(connection), "flush");
  }
  check(natsConnection_Flush(connection), "flush");
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

/// What a subscription's function is given.
struct Reading {
  std::vector<std::int64_t> sent, latencies;
  std::atomic<std::size_t> handled = 0;
  bool payload_only = false;
};

natsSubscription* subscribe(natsConnection* connection, Reading& reading) {
  natsSubscription* subscription = nullptr;
  const auto handle = [](natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    auto& to = *static_cast<Reading*>(closure);
    const auto number = Bodies::number(natsMsg_GetData(message));
    if (!to.payload_only) read_id(message);
    to.latencies[number] = now_ns() - to.sent[number];
    natsMsg_Destroy(message);
    if (to.handled.fetch_add(1) % 64 == 63 || number + 1 == to.sent.size()) to.handled.notify_one();
  };
  check(natsConnection_Subscribe(&subscription, connection, subject, handle, &reading), "subscribe");
  check(natsSubscription_SetPendingLimits(subscription, -1, -1), "limits");
  check(natsConnection_Flush(connection), "flush");
  return subscription;
}

void await(std::atomic<std::size_t>& handled, std::size_t least) {
  for (auto seen = handled.load(); seen < least; seen = handled.load()) handled.wait(seen);
}

template <class SendAll>
void with_reader(const Workload& workload, natsConnection* connection, SendAll send_all) {
  Reading reading{.sent = std::vector<std::int64_t>(workload.messages),
                  .latencies = std::vector<std::int64_t>(workload.messages),
                  .payload_only = workload.payload_only};
  auto* subscription = subscribe(connection, reading);
  NatsWriter writer(workload);
  const auto begin = now_ns();
  send_all(
      [&](std::size_t number) {
        reading.sent[number] = now_ns();
        writer.publish(connection, number);
      },
      reading.handled);
  await(reading.handled, workload.messages);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, reading.latencies);
  natsSubscription_Destroy(subscription);
}

}  // namespace

void core_twin(const Workload& workload) {
  const NatsLink link(workload.port, workload.mode == "paced");
  auto* connection = link.get();
  if (workload.mode == "publish")
    publish(workload, connection);
  else if (workload.mode == "end-to-end")
    // The server would drop what a slow reader cannot take.
    with_reader(workload, connection, [&](auto send, auto& handled) {
      for (std::size_t i = 0; i < workload.messages; ++i) {
        if (i >= 2 * window && i % 64 == 0) await(handled, i - 2 * window);
        send(i);
      }
    });
  else if (workload.mode == "paced")
    with_reader(workload, connection, [&](auto send, auto&) { at_a_rate(workload, send); });
  else
    give_up("the twin has no mode " + workload.mode);
}

}  // namespace bench
