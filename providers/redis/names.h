// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/topology.hpp>
#include <ductape/result.hpp>
#include <string>

#include "providers/redis/options.h"

namespace ductape::inline v0::redis {

/// The keys of one group of a topic. A group's own name is what XGROUP knows it by, in the topic's stream and in
/// `retry`.
struct GroupKeys {
  GroupKeys(std::string_view stream, std::string_view group);

  std::string retry;        ///< stream: what comes again, for this group alone
  std::string dead_letter;  ///< stream
  std::string wait;         ///< sorted set by due time: what is pending and waits for its next attempt
  std::string members;      ///< sorted set by time: who reads, and until when that is believed
  std::string owner;        ///< who alone may read, where one may; expires
  std::string
      counts;  ///< hash: what left the group without an outcome; failed attempts of what stays pending, by its id
};

/// A place of a topic in Redis.
struct Place {
  driver::Role role = driver::Role::main;
  std::string topic;   ///< the topic's stream, or channel
  std::string stream;  ///< what is read and written here
  std::string group;   ///< empty for `Role::main`
  bool ordered = false;
  bool may_make = true;  ///< what is missing
  driver::Millis retention_age{0};
  std::uint64_t retention_bytes = 0;
};

/// The keys of a topic's roles: `channel` if there is one, else named after the event. Errors: `invalid_argument` for
/// what is no tag or no name of a group.
Result<driver::Address> make_address(const RedisOptions& options, const driver::TopicSpec& topic, driver::Role role,
                                     std::string_view group);

[[nodiscard]] const Place& place_of(const driver::Address& address);

}  // namespace ductape::inline v0::redis
