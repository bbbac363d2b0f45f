// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include <ductape/driver/topology.hpp>

namespace ductape::inline v0::kafka {

/// What an Address of this provider carries in `plan`.
struct Place {
  std::string topic = {};     ///< the Kafka topic of the messages
  std::string group = {};     ///< whose retries or dead letters
  std::string group_id = {};  ///< what Kafka calls the group
  driver::Role role = driver::Role::main;
  bool ordered = false;
  bool own_group_id = true;  ///< of this group of this topic, and not one that the config names
  driver::Millis retention_age{0};
  std::uint64_t retention_bytes = 0;
};

/// Retries wait in a topic of those that wait about as long, so that none of them holds up a shorter wait.
struct Tier {
  std::string_view suffix;
  driver::Millis wait;
};
inline constexpr std::array tiers{Tier{"5s", driver::Millis(5'000)}, Tier{"30s", driver::Millis(30'000)},
                                  Tier{"2m", driver::Millis(120'000)}, Tier{"10m", driver::Millis(600'000)}};

/// The tier for a message that has so long to wait: the longest that is not longer, else the first.
std::size_t tier_of(driver::Millis wait);

/// `topic` and `group_id` are the config's; an empty topic: one is named after the event. Errors: `invalid_argument`.
Result<driver::Address> make_address(const driver::TopicSpec& spec, std::string_view topic, std::string_view group_id,
                                     driver::Role role, std::string_view group);

/// The place behind an address of this provider, or null.
const Place* place_of(const driver::Address* address);

/// The same topic's place for a group. `group_id` is the config's.
Place place_of_group(const Place& topic, std::string_view group_id, driver::Role role, std::string_view group);

/// The topics that a group's retries wait in. On an ordered topic they wait in memory: there is only the first tier,
/// for redrives.
std::vector<std::string> retry_topics(const Place& place);
std::string retry_topic(const Place& place, std::size_t tier);
std::string dead_letter_topic(const Place& place);
/// The Kafka group that keeps what of the dead letters is gone.
std::string dead_letter_group(const Place& place);

}  // namespace ductape::inline v0::kafka
