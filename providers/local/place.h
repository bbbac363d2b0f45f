// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ductape/driver/topology.hpp>

namespace ductape::inline v0::local {

/// What an Address of this provider carries in `plan`.
struct Place {
  std::string file;   ///< "<product>.<env>.<broker>", without directory and ending
  std::string topic;  ///< the row in `topics`: a tag, or "<tag>/<group>/dead"
  std::string main;   ///< the tag
  bool ordered = false;
};

/// "<file>:<topic>"; a group's retries wait in its own rows, so that `retry` is `main`. Errors: `invalid_argument`.
Result<driver::Address> make_address(const driver::TopicSpec& spec, driver::Role role, std::string_view group);

/// The place behind an address of this provider, or null.
const Place* place_of(const driver::Address* address);

/// The row that keeps a group's dead letters.
std::string dead_letter_topic(std::string_view topic, std::string_view group);

}  // namespace ductape::inline v0::local
