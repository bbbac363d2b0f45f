// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/driver/topology.hpp>

namespace ductape::inline v0::local {

/// What an Address of this provider carries in `plan`.
struct Place {
  std::string file;   ///< "<product>.<env>.<broker>", without directory and ending
  std::string topic;  ///< the row in `topics` that a consumer reads: a tag, or "<tag>/<group>/dead"
  std::string main;   ///< the tag
  std::string group;  ///< whose retries or dead letters
  driver::Role role = driver::Role::main;
  bool ordered = false;
  driver::Millis retention_age{0};
  std::uint64_t retention_bytes = 0;
};

/// "<file>:<topic>". A group's retries reach it through the source of its other messages, so `retry` is called as
/// `main` is; the plan tells them apart. Errors: `invalid_argument`.
Result<driver::Address> make_address(const driver::TopicSpec& spec, driver::Role role, std::string_view group);

/// The place behind an address of this provider, or null.
const Place* place_of(const driver::Address* address);

/// The rows of `topics` that keep a group's dead letters, and what was published to its retries.
std::string dead_letter_topic(std::string_view topic, std::string_view group);
std::string retry_topic(std::string_view topic, std::string_view group);

}  // namespace ductape::inline v0::local
