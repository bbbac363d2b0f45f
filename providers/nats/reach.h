// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/nats/options.h"

namespace ductape::inline v0::nats {

/// What stands in the way to each server: "127.0.0.1:4222: Connection refused; ...". The library says only that it
/// reached none. Nothing for a server that takes a connection. Blocks for a second and for the resolver.
std::string what_is_in_the_way(const NatsOptions& options);

}  // namespace ductape::inline v0::nats
