// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/capabilities.hpp>

#include "providers/kafka/link.h"

namespace ductape::inline v0::kafka {

/// Of driver::Connection: a round trip, and what a message survives in the topic that the config names, else in one
/// that is made with the brokers' defaults.
void probe(std::shared_ptr<Link> link, driver::Deadline deadline, Done<driver::Probe> done);

/// What Kafka promises for a number of replicas and a topic's min.insync.replicas, as it does not wait for a disk.
driver::Survives survives(std::int64_t replicas, std::int64_t in_sync);

}  // namespace ductape::inline v0::kafka
