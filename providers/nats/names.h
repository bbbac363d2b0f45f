// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/driver/topology.hpp>

namespace ductape::inline v0::nats {

/// What an Address of this provider carries in `plan`.
struct Place {
  std::string stream = {};
  std::string topic = {};     ///< the subject that the topic's messages are published to
  std::string subject = {};   ///< of this role: the topic's, or one below it
  std::string consumer = {};  ///< the durable consumer that reads `subject`; empty until the group is known
  std::string broker = {};    ///< "<product>--<env>--<broker>"
  std::string group = {};     ///< whose retries or dead letters
  driver::Role role = driver::Role::main;
  bool ordered = false;
  bool own_stream = true;  ///< of this topic, and not one that was named
  bool may_make = true;    ///< what is missing
};

/// "<stream>:<subject>". `stream` is the config's; empty: one is named after the topic. Errors: `invalid_argument`.
Result<driver::Address> make_address(const driver::TopicSpec& spec, std::string_view stream, driver::Role role,
                                     std::string_view group);

/// The place behind an address of this provider, or null.
const Place* place_of(const driver::Address* address);

/// The same topic's place for a group: its messages, its retries or its dead letters.
Place place_of_group(const Place& topic, driver::Role role, std::string_view group);

/// Whose lease says which member of a group is the active one: a bucket of a broker, and its key.
/// What a message is called: "<stream>:<sequence>".
std::string native_id(std::string_view stream, std::uint64_t sequence);
std::string owner_bucket(const Place& place);
std::string owner_subject(const Place& place);

/// What the members of a consumer listen to, so that it is known whether there are any.
std::string presence_subject(const Place& place);

/// A name of at most `longest` bytes: a longer one is cut and ends with 8 hex digits of a hash of all of it.
std::string shortened(std::string name, std::size_t longest);

}  // namespace ductape::inline v0::nats
