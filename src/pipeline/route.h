// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <ductape/driver/provider.hpp>
#include <ductape/registry.hpp>

#include "src/model/schema.h"

namespace ductape::inline v0::pipeline {

class BrokerConnection;

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
  driver::Capabilities capabilities;
  driver::Address address;
  BrokerConnection* connection = nullptr;  // the client's, which outlives all use of it
  std::uint64_t broker_revision = 0, topic_revision = 0;

  [[nodiscard]] driver::TopicSpec spec() const {
    return {.product = product,
            .env = env,
            .broker = broker,
            .topic = topic,
            .ordered = ordered,
            .retention_age = policy.retention_age,
            .retention_bytes = policy.retention_bytes};
  }
};

}  // namespace ductape::inline v0::pipeline
