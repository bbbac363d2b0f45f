// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/broadcasts.h"
#include "providers/kafka/link.h"

/// Of driver::Connection: what a topic and its groups need at the brokers.
namespace ductape::inline v0::kafka {

struct Wanted {
  struct Group {
    std::string name = {}, from = {};
    driver::GroupSpec::Mode mode = driver::GroupSpec::shared;
  };
  Place place = {};  ///< of the topic
  std::vector<Group> groups = {};
  bool create = true;
};
void provision(std::shared_ptr<Link> link, Wanted wanted, Done<driver::Topology> done);
void forget(std::shared_ptr<Link> link, const Place& topic, const std::string& group, Done<void> done);
void reset(std::shared_ptr<Link> link, const Place& topic, const std::string& group, const std::string& to,
           Done<void> done);

/// The offsets at which a group begins: "latest", "earliest" or an RFC 3339 time.
void find_offsets(Link& link, const std::string& topic, std::int32_t partitions, const std::string& from,
                  Done<OffsetsOf> done);

/// All partitions of the topics, as many as each has.
std::vector<TopicPartition> partitions_of(const std::map<std::string, std::int32_t>& topics);

}  // namespace ductape::inline v0::kafka
