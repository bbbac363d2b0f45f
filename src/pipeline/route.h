// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include <ductape/driver/provider.hpp>
#include <ductape/registry.hpp>

#include "src/model/schema.h"

namespace ductape::inline v0::pipeline {

class BrokerConnection;

/// What was published on a route. The publish path counts under its lock; anybody may read.
struct Traffic {
  std::atomic<std::uint64_t> published = 0, resent = 0;

  void confirmed(std::uint32_t sends) {
    published.store(published.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (sends > 1) resent.store(resent.load(std::memory_order_relaxed) + sends - 1, std::memory_order_relaxed);
  }
};

/// Where the messages of one topic in one environment go and what holds for them: everything a publish needs, resolved
/// once. Immutable.
struct Route {
  std::string product, env, broker, topic;
  std::string event;   // broker:topic
  std::string source;  // CloudEvents `source`
  std::string provider;
  bool ordered = false;
  TopicPolicy policy = {};
  SchemaMode schema_mode = SchemaMode::off;
  std::optional<model::Schema> schema;
  Durability durability = Durability::warn;
  Metadata metadata = Metadata::full;
  driver::Capabilities capabilities;
  driver::Address address;
  driver::Config destination = {};  // what the topic itself says of it
  bool may_provision = true;        // at the provider
  // Whether it was, where it may not be made.
  std::shared_ptr<std::atomic<bool>> seen = std::make_shared<std::atomic<bool>>(false);
  BrokerConnection* connection = nullptr;  // the client's, which outlives all use of it
  std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
  std::uint64_t broker_revision = 0, topic_revision = 0, secrets_revision = 0;

  [[nodiscard]] driver::TopicSpec spec() const {
    return {.product = product,
            .env = env,
            .broker = broker,
            .topic = topic,
            .ordered = ordered,
            .destination = destination,
            .retention_age = policy.retention_age,
            .retention_bytes = policy.retention_bytes,
            .may_make = may_provision};
  }
};

}  // namespace ductape::inline v0::pipeline
