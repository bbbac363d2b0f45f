// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/kafka/topology.h"

namespace ductape::inline v0::kafka {

/// Of driver::Connection. At an address of dead letters, of them alone; `in_hand` is how many of them this process has,
/// if it reads them.
void inspect(std::shared_ptr<Link> link, const Place& place, const std::string& group,
             std::optional<std::uint64_t> in_hand, Done<driver::GroupState> done);

}  // namespace ductape::inline v0::kafka
