// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/types.hpp>

#include "providers/kafka/handles.h"
#include "providers/kafka/options.h"

namespace ductape::inline v0::kafka {

/// The client library's settings. `native` goes before ours. Errors: `invalid_argument` that names the setting.
Result<ConfPtr> producer_settings(const KafkaOptions& options);

struct ConsumerSettings {
  std::string group_id = {};
  driver::Millis session{0};  ///< how long the group waits for a silent member
};
Result<ConfPtr> consumer_settings(const KafkaOptions& options, const ConsumerSettings& settings);

/// What no setting would say by itself. Errors: `invalid_argument`.
Result<void> check_options(const KafkaOptions& options);

/// The brokers in one line, for messages.
std::string brokers_of(const KafkaOptions& options);

/// A producer that spreads messages without a key evenly, one partition after the other: members get equal shares also
/// of a few. `next` counts them and outlives the topic. With a key it is what Java's clients do.
TopicPtr open_topic(rd_kafka_t* producer, const KafkaOptions& options, const std::string& name, std::uint32_t& next);

}  // namespace ductape::inline v0::kafka
