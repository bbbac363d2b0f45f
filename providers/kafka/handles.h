// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <span>
#include <string>

/// What the client library gives, owned.
namespace ductape::inline v0::kafka {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
template <class T, auto destroy>
using Owned = std::unique_ptr<T, Destroy<destroy>>;

using ConfPtr = Owned<rd_kafka_conf_t, &rd_kafka_conf_destroy>;
using TopicConfPtr = Owned<rd_kafka_topic_conf_t, &rd_kafka_topic_conf_destroy>;
using QueuePtr = Owned<rd_kafka_queue_t, &rd_kafka_queue_destroy>;
using EventPtr = Owned<rd_kafka_event_t, &rd_kafka_event_destroy>;
using TopicPtr = Owned<rd_kafka_topic_t, &rd_kafka_topic_destroy>;
using MessagePtr = Owned<rd_kafka_message_t, &rd_kafka_message_destroy>;
using HeadersPtr = Owned<rd_kafka_headers_t, &rd_kafka_headers_destroy>;
using ErrorPtr = Owned<rd_kafka_error_t, &rd_kafka_error_destroy>;
using PartitionsPtr = Owned<rd_kafka_topic_partition_list_t, &rd_kafka_topic_partition_list_destroy>;
using AdminOptionsPtr = Owned<rd_kafka_AdminOptions_t, &rd_kafka_AdminOptions_destroy>;

inline PartitionsPtr new_partitions(int size = 4) { return PartitionsPtr(rd_kafka_topic_partition_list_new(size)); }

inline std::span<const rd_kafka_topic_partition_t> entries(const rd_kafka_topic_partition_list_t* list) {
  return list == nullptr
             ? std::span<const rd_kafka_topic_partition_t>()
             : std::span<const rd_kafka_topic_partition_t>(list->elems, static_cast<std::size_t>(list->cnt));
}

inline std::string text(const char* words) { return words == nullptr ? std::string() : std::string(words); }

}  // namespace ductape::inline v0::kafka
