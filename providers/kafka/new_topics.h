// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>

#include "providers/kafka/admin.h"
#include "providers/kafka/names.h"
#include "providers/kafka/options.h"

namespace ductape::inline v0::kafka {

/// The topic of the messages, as it is made. Only one partition has a single active member at a time.
NewTopic new_main_topic(const Place& place, const KafkaOptions& options, bool exclusive);

/// A group's topics: where its retries wait and where its dead letters lie. The retries of an ordered topic have its
/// partitions, so that a key's owner is the owner of its retries.
std::vector<NewTopic> new_group_topics(const Place& place, const KafkaOptions& options, std::int32_t main_partitions);

/// The topic that a record of this place goes to.
std::string topic_of(const Place& place, const driver::Record& record, driver::WallTime now);

/// That topic, as it is made if a publish finds it missing.
NewTopic new_topic_of(const Place& place, const KafkaOptions& options, const std::string& name);

}  // namespace ductape::inline v0::kafka
