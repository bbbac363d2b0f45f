// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string_view>

#include "benchmarks/native/cloud_event.h"

namespace bench {

constexpr const char* subject = "bench.dev.bench.messages";

inline void check(natsStatus status, std::string_view what) {
  if (status != NATS_OK) give_up(std::string(what) + ": " + natsStatus_GetText(status));
}

/// A connection of cnats.
class NatsLink {
 public:
  /// `at_once`: what is published is written, instead of by a thread of the library's up to a millisecond later.
  NatsLink(std::size_t port, bool at_once) {
    natsOptions* options = nullptr;
    check(natsOptions_Create(&options), "options");
    check(natsOptions_SetURL(options, ("nats://127.0.0.1:" + std::to_string(port)).c_str()), "URL");
    check(natsOptions_SetSendAsap(options, at_once), "options");
    check(natsConnection_Connect(&connection_, options), "connect");
    natsOptions_Destroy(options);
  }
  ~NatsLink() { natsConnection_Destroy(connection_); }
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  [[nodiscard]] natsConnection* get() const { return connection_; }

 private:
  natsConnection* connection_ = nullptr;
};

struct DestroyMessage {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using NatsMessage = std::unique_ptr<natsMsg, DestroyMessage>;

/// Makes messages with the headers that ours have.
class NatsWriter {
 public:
  explicit NatsWriter(const Workload& workload)
      : payload_only_(workload.payload_only), attributes_(attributes(workload)), bodies_(workload.size) {}
  /// The body alone needs no message of the library's.
  void publish(natsConnection* connection, std::size_t number) {
    if (!payload_only_) return check(natsConnection_PublishMsg(connection, make(number).get()), "publish");
    const auto body = bodies_.make(number);
    check(natsConnection_Publish(connection, subject, body.data(), static_cast<int>(body.size())), "publish");
  }
  [[nodiscard]] NatsMessage make(std::size_t number) {
    const auto body = bodies_.make(number);
    natsMsg* message = nullptr;
    check(natsMsg_Create(&message, subject, nullptr, body.data(), static_cast<int>(body.size())), "message");
    NatsMessage made(message);
    if (payload_only_) return made;
    const auto id = ids_.make();
    check(natsMsgHeader_Set(message, "Nats-Msg-Id", id.c_str()), "header");
    check(natsMsgHeader_Set(message, "ce-id", id.c_str()), "header");
    for (const auto& [name, value] : attributes_)
      check(natsMsgHeader_Set(message, (std::string("ce-") + name).c_str(), value), "header");
    return made;
  }

 private:
  const bool payload_only_;
  const std::span<const Attribute> attributes_;
  const Bodies bodies_;
  Ids ids_;
};

/// What an application reads of a message: its id, unless there is none.
inline void read_id(natsMsg* message) {
  const char* id = nullptr;
  natsMsgHeader_Get(message, "ce-id", &id);
}

// The modes.
void jetstream_twin(const Workload& workload);
void core_twin(const Workload& workload);

}  // namespace bench
