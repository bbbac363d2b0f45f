// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/engine.h"
#include "providers/kafka/settings.h"

namespace ductape::inline v0::kafka {

/// Reads what groups have committed, for a producer: the library reads a null pointer where one without a group of its
/// own asks a broker that does not coordinate the group, or not yet. It joins no group.
class CommitReader final : public Engine {
 public:
  CommitReader(const KafkaOptions& options, driver::Runtime& runtime)
      : Engine(runtime, brokers_of(options)), options_(options) {}
  ~CommitReader() override { join(); }

  /// `group_id`: one that its user has rights to.
  Result<void> start(std::string group_id) {
    auto conf = consumer_settings(options_, {.group_id = std::move(group_id), .session = driver::Millis(30'000)});
    if (!conf) return std::move(conf).error();
    return begin(RD_KAFKA_CONSUMER, std::move(*conf));
  }
  void stop() { join(); }

 private:
  void serve(rd_kafka_event_t&) override {}
  void pass() override {}

  const KafkaOptions options_;
};

}  // namespace ductape::inline v0::kafka
