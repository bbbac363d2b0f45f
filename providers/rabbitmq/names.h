// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include <ductape/driver/topology.hpp>

#include "providers/rabbitmq/options.h"

namespace ductape::inline v0::rabbitmq {

/// What an Address of this provider carries in `plan`.
struct Place {
  driver::Role role = driver::Role::main;
  std::string exchange = {}, exchange_type = {}, routing_key = {};
  bool own_exchange = false;       ///< named by us, and not in the config
  std::string topic = {};          ///< "<product>.<env>.<broker>.<topic>"
  std::string default_queue = {};  ///< of the group that the config names
  std::string group = {};          ///< empty for `Role::main`
  bool ordered = false;
};

/// Places for waits that are too long for memory: a fanout exchange and a queue of the same name in each virtual host,
/// whose messages come back to the queue that is their routing key.
struct Tier {
  driver::Millis wait;
  std::string_view name;
};
inline constexpr std::array tiers{
    Tier{std::chrono::seconds(5), "ductape.retry.5s"}, Tier{std::chrono::seconds(30), "ductape.retry.30s"},
    Tier{std::chrono::minutes(2), "ductape.retry.2m"}, Tier{std::chrono::minutes(10), "ductape.retry.10m"},
    Tier{std::chrono::minutes(30), "ductape.retry.30m"}};
/// The longest that is not over `wait`, or null.
[[nodiscard]] const Tier* tier_for(driver::Millis wait);

/// Errors: `invalid_argument` for what is no tag or no name of AMQP.
Result<driver::Address> make_address(const RabbitmqOptions& options, const driver::TopicSpec& topic, driver::Role role,
                                     std::string_view group);
[[nodiscard]] const Place& place_of(const driver::Address& address);

/// The queue of a group, and of its dead letters.
[[nodiscard]] std::string queue_of(const Place& place, std::string_view group);
[[nodiscard]] std::string dead_letter_queue_of(const Place& place, std::string_view group);

/// A name of at most 255 bytes, as AMQP has them: a longer one is cut and ends with 8 hex digits of a hash of all of
/// it.
[[nodiscard]] std::string shortened(std::string name);

}  // namespace ductape::inline v0::rabbitmq
