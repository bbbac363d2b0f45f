// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/capabilities.hpp>

#include "providers/nats/stream_settings.h"

namespace ductape::inline v0::nats {

/// Of driver::Connection: a round trip, and what a message survives in the streams that are made or, if one is named,
/// in that one.
void probe(std::shared_ptr<Link> link, const StreamSettings& settings, driver::Deadline deadline,
           driver::Done<driver::Probe> done);

/// Of driver::Connection. The server says of a publish alone whether it is permitted: so an empty message goes out that
/// says it is meant for a stream which nobody has, and which therefore no stream keeps.
void check_publish(const std::shared_ptr<Link>& link, const Place& place, driver::Deadline deadline,
                   driver::Done<void> done);

/// What JetStream promises for a storage and a number of replicas.
driver::Survives survives(std::string_view storage, std::int64_t replicas);

}  // namespace ductape::inline v0::nats
