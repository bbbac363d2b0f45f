// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "benchmarks/native/nats_link.h"
#include "benchmarks/native/paced.h"

namespace bench {
namespace {

constexpr const char* stream = "bench--dev--bench--messages";
constexpr const char* consumer = "bench--dev--bench--messages--twin";
constexpr int fetch_most = 1'000;

/// A stream and a consumer with the settings of ours.
class JetStream {
 public:
  explicit JetStream(natsConnection* connection) {
    jsOptions options;
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = 4'096;
    options.PublishAsync.StallWait = 5'000;
    options.PublishAsync.AckHandler = [](jsCtx*, natsMsg* message, jsPubAck* ack, jsPubAckErr*, void* failed) {
      if (ack == nullptr) *static_cast<std::atomic<bool>*>(failed) = true;
      natsMsg_Destroy(message);
    };
    options.PublishAsync.AckHandlerClosure = &failed_;
    check(natsConnection_JetStream(&context_, connection, &options), "JetStream");
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    const std::string below = std::string(subject) + ".>";
    const char* subjects[2] = {subject, below.c_str()};
    config.Name = stream;
    config.Subjects = subjects;
    config.SubjectsLen = 2;
    config.Duplicates = 120'000'000'000;
    config.AllowDirect = true;
    check(js_AddStream(nullptr, context_, &config, nullptr, nullptr), "stream");
  }
  ~JetStream() { jsCtx_Destroy(context_); }
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  void send(NatsMessage message) {
    auto* owned = message.release();
    check(js_PublishMsgAsync(context_, &owned, nullptr), "publish");
  }
  void await_confirmations() {
    check(js_PublishAsyncComplete(context_, nullptr), "confirmations");
    if (failed_) give_up("a publish failed");
  }

  natsSubscription* subscribe() {
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Config.AckPolicy = js_AckExplicit;
    options.Config.AckWait = 30'000'000'000;
    options.Config.MaxAckPending = -1;
    natsSubscription* subscription = nullptr;
    check(js_PullSubscribe(&subscription, context_, subject, consumer, nullptr, &options, nullptr), "subscribe");
    return subscription;
  }

 private:
  jsCtx* context_ = nullptr;
  std::atomic<bool> failed_ = false;
};

void send_all(const Workload& workload, JetStream& jetstream) {
  NatsWriter writer(workload);
  for (std::size_t i = 0; i < workload.messages; ++i) jetstream.send(writer.make(i));
  jetstream.await_confirmations();
}

/// Fetches until all have come, calls `handle` with each, and acks it.
template <class Handle>
void read_all(const Workload& workload, natsConnection* connection, natsSubscription* subscription, int most,
              Handle handle) {
  for (std::size_t handled = 0; handled < workload.messages;) {
    natsMsgList list{};
    const auto status = natsSubscription_Fetch(&list, subscription, most, 1'000, nullptr);
    if (status == NATS_TIMEOUT) continue;
    check(status, "fetch");
    for (int i = 0; i < list.Count; ++i) {
      handle(list.Msgs[i]);
      check(natsMsg_Ack(list.Msgs[i], nullptr), "ack");
    }
    handled += static_cast<std::size_t>(list.Count);
    natsMsgList_Destroy(&list);
  }
  // The server answers what comes behind the acks when it has them.
  check(natsConnection_Flush(connection), "flush");
}

void publish(const Workload& workload, JetStream& jetstream) {
  std::vector<std::int64_t> latencies;
  const auto begin = now_ns();
  send_all(workload, jetstream);
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
}

void consume(const Workload& workload, natsConnection* connection, JetStream& jetstream) {
  send_all(workload, jetstream);
  auto* subscription = jetstream.subscribe();
  std::int64_t begin = 0;
  std::vector<std::int64_t> latencies;
  read_all(workload, connection, subscription, fetch_most, [&](natsMsg* message) {
    if (begin == 0) begin = now_ns();
    if (!workload.payload_only) read_id(message);
  });
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
  natsSubscription_Destroy(subscription);
}

void paced(const Workload& workload, natsConnection* connection, JetStream& jetstream) {
  auto* subscription = jetstream.subscribe();
  std::vector<std::int64_t> sent(workload.messages), latencies(workload.messages);
  const auto begin = now_ns();
  std::thread reader([&] {
    // A fetch returns when it has all it asked for.
    read_all(workload, connection, subscription, 1, [&](natsMsg* message) {
      const auto number = Bodies::number(natsMsg_GetData(message));
      latencies[number] = now_ns() - sent[number];
      read_id(message);
    });
  });
  NatsWriter writer(workload);
  at_a_rate(workload, [&](std::size_t number) {
    sent[number] = now_ns();
    jetstream.send(writer.make(number));
  });
  jetstream.await_confirmations();
  reader.join();
  report(workload.messages, static_cast<double>(now_ns() - begin) / 1e9, latencies);
  natsSubscription_Destroy(subscription);
}

}  // namespace

void jetstream_twin(const Workload& workload) {
  const NatsLink link(workload.port, workload.mode == "paced");
  JetStream jetstream(link.get());
  if (workload.mode == "publish")
    publish(workload, jetstream);
  else if (workload.mode == "consume")
    consume(workload, link.get(), jetstream);
  else if (workload.mode == "paced")
    paced(workload, link.get(), jetstream);
  else
    give_up("the twin has no mode " + workload.mode);
}

}  // namespace bench
