// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/admin.h"

#include <array>

#include "providers/kafka/errors.h"

namespace ductape::inline v0::kafka {
namespace {

using driver::Millis;

constexpr Millis ask_again_after{50};

std::vector<const char*> as_strings(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  for (const auto& one : texts) all.push_back(one.c_str());
  return all;
}

PartitionsPtr as_list(const OffsetsOf& offsets) {
  auto list = new_partitions(static_cast<int>(offsets.size()));
  for (const auto& [partition, offset] : offsets)
    rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second)->offset = offset;
  return list;
}

PartitionsPtr as_list(const std::vector<TopicPartition>& partitions) {
  auto list = new_partitions(static_cast<int>(partitions.size()));
  for (const auto& partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
  return list;
}

TopicPartition key_of(const rd_kafka_topic_partition_t& entry) { return {entry.topic, entry.partition}; }

std::string name_of(const TopicPartition& partition) {
  return "partition " + std::to_string(partition.second) + " of topic " + partition.first;
}

Error from_error(const rd_kafka_error_t* error, const std::string& thing) {
  return from_code(rd_kafka_error_code(error), thing, text(rd_kafka_error_string(error)));
}

// The first that failed, of the group as a whole or of one of its partitions.
Result<const rd_kafka_topic_partition_list_t*> partitions_in(const rd_kafka_group_result_t** groups, std::size_t count,
                                                             const std::string& group) {
  if (count != 1) return failure(Errc::internal, "Kafka answered for " + std::to_string(count) + " groups, not one");
  if (const auto* error = rd_kafka_group_result_error(groups[0]); error != nullptr)
    return from_error(error, "group " + group);
  const auto* list = rd_kafka_group_result_partitions(groups[0]);
  for (const auto& entry : entries(list))
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return from_code(entry.err, "group " + group + " at " + name_of(key_of(entry)));
  return list;
}

// The group goes on under a member; a client beside it is told that it is none.
Error beside_members(Error error) {
  if (error.code == Errc::lost) error.code = Errc::conflict;
  if (error.code == Errc::conflict) error.hint = "close its members first";
  return error;
}

}  // namespace

void describe_topics(Engine& engine, const std::vector<std::string>& topics, Millis patience,
                     Done<std::map<std::string, std::int32_t>> done) {
  engine.ask(
      patience, "topic " + topics.front(),
      [topics](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        auto names = as_strings(topics);
        const Owned<rd_kafka_TopicCollection_t, &rd_kafka_TopicCollection_destroy> collection(
            rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
        rd_kafka_DescribeTopics(client, collection.get(), options, queue);
      },
      [done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** described =
            rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(*answer), &count);
        std::map<std::string, std::int32_t> found;
        for (std::size_t i = 0; i < count; ++i) {
          const std::string name = rd_kafka_TopicDescription_name(described[i]);
          const auto* error = rd_kafka_TopicDescription_error(described[i]);
          const auto code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
          std::size_t partitions = 0;
          if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_TopicDescription_partitions(described[i], &partitions);
          else if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            return done(from_error(error, "topic " + name));
          found.emplace(name, static_cast<std::int32_t>(partitions));
        }
        done(std::move(found));
      });
}

void create_topics(Engine& engine, std::vector<NewTopic> topics, Done<std::vector<std::string>> done) {
  using New = Owned<rd_kafka_NewTopic_t, &rd_kafka_NewTopic_destroy>;
  std::array<char, 256> why{};
  auto made = std::make_shared<std::vector<New>>();
  for (const auto& topic : topics) {
    New one(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replicas, why.data(), why.size()));
    if (!one) return done(failure(Errc::invalid_argument, "topic " + topic.name + " cannot be made: " + why.data()));
    for (const auto& [name, value] : topic.config) rd_kafka_NewTopic_set_config(one.get(), name.c_str(), value.c_str());
    made->push_back(std::move(one));
  }
  engine.ask(
      admin_patience, "topic " + topics.front().name,
      [made](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        std::vector<rd_kafka_NewTopic_t*> all;
        for (const auto& one : *made) all.push_back(one.get());
        rd_kafka_CreateTopics(client, all.data(), all.size(), options, queue);
      },
      [done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(*answer), &count);
        std::vector<std::string> created;
        for (std::size_t i = 0; i < count; ++i) {
          const std::string name = rd_kafka_topic_result_name(results[i]);
          const auto code = rd_kafka_topic_result_error(results[i]);
          if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            created.push_back(name);
          else if (code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return done(from_code(code, "topic " + name, text(rd_kafka_topic_result_error_string(results[i]))));
        }
        done(std::move(created));
      });
}

void delete_topics(Engine& engine, const std::vector<std::string>& topics, Done<void> done) {
  engine.ask(
      admin_patience, "topic " + topics.front(),
      [topics](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        using Old = Owned<rd_kafka_DeleteTopic_t, &rd_kafka_DeleteTopic_destroy>;
        std::vector<Old> owned;
        std::vector<rd_kafka_DeleteTopic_t*> all;
        for (const auto& topic : topics)
          all.push_back(owned.emplace_back(rd_kafka_DeleteTopic_new(topic.c_str())).get());
        rd_kafka_DeleteTopics(client, all.data(), all.size(), options, queue);
      },
      [done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(*answer), &count);
        for (std::size_t i = 0; i < count; ++i) {
          const auto code = rd_kafka_topic_result_error(results[i]);
          if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            return done(from_code(code, "topic " + text(rd_kafka_topic_result_name(results[i])),
                                  text(rd_kafka_topic_result_error_string(results[i]))));
        }
        done({});
      });
}

void describe_config(Engine& engine, rd_kafka_ResourceType_t type, const std::string& name, Millis patience,
                     Done<std::map<std::string, std::string>> done) {
  const auto thing = (type == RD_KAFKA_RESOURCE_TOPIC ? "settings of topic " : "settings of broker ") + name;
  engine.ask(
      patience, thing,
      [type, name](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_ConfigResource_t, &rd_kafka_ConfigResource_destroy> resource(
            rd_kafka_ConfigResource_new(type, name.c_str()));
        auto* one = resource.get();
        rd_kafka_DescribeConfigs(client, &one, 1, options, queue);
      },
      [thing, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** resources =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(*answer), &count);
        std::map<std::string, std::string> config;
        for (std::size_t i = 0; i < count; ++i) {
          if (const auto code = rd_kafka_ConfigResource_error(resources[i]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return done(from_code(code, thing, text(rd_kafka_ConfigResource_error_string(resources[i]))));
          std::size_t size = 0;
          const auto** configs = rd_kafka_ConfigResource_configs(resources[i], &size);
          for (std::size_t j = 0; j < size; ++j)
            config.emplace(text(rd_kafka_ConfigEntry_name(configs[j])), text(rd_kafka_ConfigEntry_value(configs[j])));
        }
        done(std::move(config));
      });
}

void list_offsets(Engine& engine, const OffsetsOf& wanted, Millis patience, Done<OffsetsOf> done) {
  const auto until = engine.runtime().now() + patience;
  engine.ask(
      patience, "topic " + wanted.begin()->first.first,
      [wanted](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_ListOffsets(client, as_list(wanted).get(), options, queue);
      },
      [&engine, wanted, until, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(*answer), &count);
        OffsetsOf found;
        for (std::size_t i = 0; i < count; ++i) {
          const auto& entry = *rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
          // Where the broker did not answer in time the library has no error, but this.
          const auto code = entry.offset == RD_KAFKA_OFFSET_INVALID && entry.err == RD_KAFKA_RESP_ERR_NO_ERROR
                                ? RD_KAFKA_RESP_ERR__TIMED_OUT
                                : entry.err;
          if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            auto error = from_code(code, name_of(key_of(entry)));
            // A leader that is just being made, or whose change is just being heard of.
            if (error.code != Errc::unavailable || engine.runtime().now() + ask_again_after >= until)
              return done(std::move(error));
            return engine.at(engine.runtime().now() + ask_again_after, [&engine, wanted, until, done] {
              list_offsets(engine, wanted, std::chrono::duration_cast<Millis>(until - engine.runtime().now()), done);
            });
          }
          found.emplace(key_of(entry), entry.offset);
        }
        done(std::move(found));
      });
}

void list_committed(Engine& engine, const std::string& group, const std::vector<TopicPartition>& partitions,
                    Done<std::map<TopicPartition, Standing>> done) {
  engine.ask(
      group_patience, "group " + group,
      [group, partitions](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_ListConsumerGroupOffsets_t, &rd_kafka_ListConsumerGroupOffsets_destroy> request(
            rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), as_list(partitions).get()));
        auto* one = request.get();
        rd_kafka_ListConsumerGroupOffsets(client, &one, 1, options, queue);
      },
      [group, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(*answer), &count);
        const auto list = partitions_in(groups, count, group);
        if (!list && list.error().code != Errc::not_found) return done(list.error());
        std::map<TopicPartition, Standing> found;
        for (const auto& entry : entries(list ? *list : nullptr))
          if (entry.offset >= 0)
            found.emplace(key_of(entry),
                          read_standing(entry.offset, {static_cast<const char*>(entry.metadata), entry.metadata_size}));
        done(std::move(found));
      });
}

void alter_committed(Engine& engine, const std::string& group, const OffsetsOf& offsets, Done<void> done) {
  engine.ask(
      group_patience, "group " + group,
      [group, offsets](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_AlterConsumerGroupOffsets_t, &rd_kafka_AlterConsumerGroupOffsets_destroy> request(
            rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), as_list(offsets).get()));
        auto* one = request.get();
        rd_kafka_AlterConsumerGroupOffsets(client, &one, 1, options, queue);
      },
      [group, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(beside_members(std::move(answer).error()));
        std::size_t count = 0;
        const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
            rd_kafka_event_AlterConsumerGroupOffsets_result(*answer), &count);
        if (const auto list = partitions_in(groups, count, group); !list) return done(beside_members(list.error()));
        done({});
      });
}

void delete_group(Engine& engine, const std::string& group, Done<void> done) {
  engine.ask(
      group_patience, "group " + group,
      [group](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_DeleteGroup_t, &rd_kafka_DeleteGroup_destroy> request(
            rd_kafka_DeleteGroup_new(group.c_str()));
        auto* one = request.get();
        rd_kafka_DeleteGroups(client, &one, 1, options, queue);
      },
      [group, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** groups = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(*answer), &count);
        for (std::size_t i = 0; i < count; ++i)
          if (const auto* error = rd_kafka_group_result_error(groups[i]);
              error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
            return done(from_error(error, "group " + group));
        done({});
      });
}

void delete_committed(Engine& engine, const std::string& group, const std::vector<TopicPartition>& partitions,
                      Done<void> done) {
  engine.ask(
      group_patience, "group " + group,
      [group, partitions](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_DeleteConsumerGroupOffsets_t, &rd_kafka_DeleteConsumerGroupOffsets_destroy> request(
            rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), as_list(partitions).get()));
        auto* one = request.get();
        rd_kafka_DeleteConsumerGroupOffsets(client, &one, 1, options, queue);
      },
      [group, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0;
        const auto** groups = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
            rd_kafka_event_DeleteConsumerGroupOffsets_result(*answer), &count);
        const auto list = partitions_in(groups, count, group);
        if (!list && list.error().code != Errc::not_found) return done(list.error());
        done({});
      });
}

void count_members(Engine& engine, const std::string& group, Done<std::uint64_t> done) {
  engine.ask(
      group_patience, "group " + group,
      [group](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const char* name = group.c_str();
        rd_kafka_DescribeConsumerGroups(client, &name, 1, options, queue);
      },
      [group, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        std::size_t count = 0, members = 0;
        const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(*answer), &count);
        for (std::size_t i = 0; i < count; ++i) {
          const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[i]);
          if (error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
            return done(from_error(error, "group " + group));
          if (error == nullptr) members += rd_kafka_ConsumerGroupDescription_member_count(groups[i]);
        }
        done(std::uint64_t{members});
      });
}

void delete_records(Engine& engine, const TopicPartition& partition, std::int64_t before) {
  engine.ask(
      admin_patience, name_of(partition),
      [partition, before](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const Owned<rd_kafka_DeleteRecords_t, &rd_kafka_DeleteRecords_destroy> request(
            rd_kafka_DeleteRecords_new(as_list(OffsetsOf{{partition, before}}).get()));
        auto* one = request.get();
        rd_kafka_DeleteRecords(client, &one, 1, options, queue);
      },
      [](const Result<rd_kafka_event_t*>&) {});
}

// Not DescribeCluster: the library aborts the process where the answer has no brokers, as a broker gives it that has
// just come back. Any topic's name will do, as what is asked for comes with the answer.
void describe_cluster(Engine& engine, Millis patience, Done<Cluster> done) {
  engine.ask(
      patience, "cluster",
      [](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        const char* name = "__consumer_offsets";
        const Owned<rd_kafka_TopicCollection_t, &rd_kafka_TopicCollection_destroy> collection(
            rd_kafka_TopicCollection_of_topic_names(&name, 1));
        rd_kafka_DescribeTopics(client, collection.get(), options, queue);
      },
      [&engine, done = std::move(done)](Result<rd_kafka_event_t*> answer) {
        if (!answer) return done(std::move(answer).error());
        Cluster cluster{.controller = rd_kafka_controllerid(engine.client(), 0)};
        if (auto* id = rd_kafka_clusterid(engine.client(), 0); id != nullptr) {
          cluster.id = id;
          rd_kafka_mem_free(engine.client(), id);
        }
        done(std::move(cluster));
      });
}

}  // namespace ductape::inline v0::kafka
