// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/attempts.h"
#include "providers/nats/stream_settings.h"

namespace ductape::inline v0::nats {

/// A group whose texts are its own.
struct OwnedGroup {
  explicit OwnedGroup(const driver::GroupSpec& spec) : name(spec.name), from(spec.from), mode(spec.mode) {}
  [[nodiscard]] driver::GroupSpec spec() const { return {.name = name, .mode = mode, .from = from}; }
  std::string name, from;
  driver::GroupSpec::Mode mode;
};

struct Wanted {
  Place place;
  StreamSettings settings;
  std::vector<OwnedGroup> groups = {};
  bool create = false;
};

// The three of driver::Connection.
void provision(std::shared_ptr<Link> link, Wanted wanted, driver::Done<driver::Topology> done);
void forget(std::shared_ptr<Link> link, const Place& place, const std::string& group, driver::Done<void> done);
void reset(std::shared_ptr<Link> link, const Place& place, const std::string& group, const std::string& to,
           driver::Done<void> done);

/// Whether somebody reads from the consumer: `conflict` then. Members listen to a subject of the consumer's; the server
/// says at once that nobody does, and one that is frozen does not answer.
void check_unused(const std::shared_ptr<Link>& link, const Place& place, driver::Done<void> done);

}  // namespace ductape::inline v0::nats
