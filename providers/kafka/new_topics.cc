// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/new_topics.h"

#include <algorithm>
#include <charconv>

namespace ductape::inline v0::kafka {
namespace {

constexpr std::int32_t usual_partitions = 3;
/// The pipeline's attribute of a message that comes back: not before, in milliseconds since 1970.
constexpr std::string_view due = "retrydue";

NewTopic new_topic(std::string name, const KafkaOptions& options, std::int32_t partitions) {
  return {.name = std::move(name),
          .partitions = partitions,
          .replicas = options.replication_factor > 0 ? static_cast<std::int32_t>(options.replication_factor) : -1,
          .config = {{"cleanup.policy", "delete"}}};
}

void set_retention(NewTopic& topic, driver::Millis age, std::uint64_t bytes) {
  topic.config["retention.ms"] = age.count() > 0 ? std::to_string(age.count()) : "-1";
  topic.config["retention.bytes"] =
      bytes > 0 ? std::to_string(std::max<std::uint64_t>(bytes / static_cast<std::uint64_t>(topic.partitions), 1))
                : "-1";
}

}  // namespace

NewTopic new_main_topic(const Place& place, const KafkaOptions& options, bool exclusive) {
  const auto partitions = options.partitions > 0 ? static_cast<std::int32_t>(options.partitions) : usual_partitions;
  auto topic = new_topic(place.topic, options, exclusive ? 1 : partitions);
  set_retention(topic, place.retention_age, place.retention_bytes);
  return topic;
}

std::vector<NewTopic> new_group_topics(const Place& place, const KafkaOptions& options, std::int32_t main_partitions) {
  std::vector<NewTopic> topics;
  for (auto& name : retry_topics(place)) {
    auto& topic = topics.emplace_back(new_topic(std::move(name), options, place.ordered ? main_partitions : 1));
    set_retention(topic, place.retention_age, 0);
  }
  set_retention(topics.emplace_back(new_topic(dead_letter_topic(place), options, 1)), {}, 0);
  return topics;
}

std::string topic_of(const Place& place, const driver::Record& record, driver::WallTime now) {
  if (place.role == driver::Role::main) return place.topic;
  if (place.role == driver::Role::dead_letter) return dead_letter_topic(place);
  if (place.ordered) return retry_topic(place, 0);
  driver::Millis wait = record.delay;
  for (const auto& attribute : record.attributes) {
    std::int64_t at = 0;
    if (attribute.name != due) continue;
    std::from_chars(attribute.value.data(), attribute.value.data() + attribute.value.size(), at);
    wait = std::chrono::duration_cast<driver::Millis>(driver::Millis(at) - now.time_since_epoch());
  }
  return retry_topic(place, tier_of(wait));
}

NewTopic new_topic_of(const Place& place, const KafkaOptions& options, const std::string& name) {
  auto main = new_main_topic(place, options, false);
  if (place.role == driver::Role::main) return main;
  for (auto& topic : new_group_topics(place, options, main.partitions))
    if (topic.name == name) return topic;
  return main;
}

}  // namespace ductape::inline v0::kafka
