// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "providers/kafka/engine.h"
#include "providers/kafka/standing.h"

/// Questions to the brokers, one request of the Admin API each. Answers come in the engine's thread.
namespace ductape::inline v0::kafka {

using driver::Done;
using TopicPartition = std::pair<std::string, std::int32_t>;
using OffsetsOf = std::map<TopicPartition, std::int64_t>;

/// How long an answer may take. Shorter than what a caller waits at least.
inline constexpr driver::Millis admin_patience{5'000};
/// The first group of a cluster waits until the brokers have made the topic that keeps groups.
inline constexpr driver::Millis group_patience{15'000};

/// The number of partitions of each topic; 0: there is no such topic.
void describe_topics(Engine& engine, const std::vector<std::string>& topics, driver::Millis patience,
                     Done<std::map<std::string, std::int32_t>> done);

struct NewTopic {
  std::string name = {};
  std::int32_t partitions = 1;
  std::int32_t replicas = -1;
  std::map<std::string, std::string> config = {};
};
/// Those that were made; one that exists already is none of them and no error.
void create_topics(Engine& engine, std::vector<NewTopic> topics, Done<std::vector<std::string>> done);
/// One that does not exist is as good.
void delete_topics(Engine& engine, const std::vector<std::string>& topics, Done<void> done);
void describe_config(Engine& engine, rd_kafka_ResourceType_t type, const std::string& name, driver::Millis patience,
                     Done<std::map<std::string, std::string>> done);

/// What is wanted of each partition: RD_KAFKA_OFFSET_SPEC_EARLIEST, _LATEST, or a time in milliseconds, whose first
/// message it is then, or -1.
void list_offsets(Engine& engine, const OffsetsOf& wanted, driver::Millis patience, Done<OffsetsOf> done);

/// What the group has committed of these partitions; those of which it has not are not there. Of an engine that is a
/// consumer: see CommitReader.
void list_committed(Engine& engine, const std::string& group, const std::vector<TopicPartition>& partitions,
                    Done<std::map<TopicPartition, Standing>> done);
/// `conflict` while the group has members.
void alter_committed(Engine& engine, const std::string& group, const OffsetsOf& offsets, Done<void> done);
/// `conflict` while the group has members; one that does not exist is as good.
void delete_group(Engine& engine, const std::string& group, Done<void> done);
void delete_committed(Engine& engine, const std::string& group, const std::vector<TopicPartition>& partitions,
                      Done<void> done);
void count_members(Engine& engine, const std::string& group, Done<std::uint64_t> done);
/// Frees what is below; nobody waits for it.
void delete_records(Engine& engine, const TopicPartition& partition, std::int64_t before);

struct Cluster {
  std::string id = {};
  std::int32_t controller = -1;  ///< a broker; -1: none is known
};
void describe_cluster(Engine& engine, driver::Millis patience, Done<Cluster> done);

}  // namespace ductape::inline v0::kafka
