// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ductape/groups.hpp>

#include "apps/ductape/console.h"

namespace ductape::cli {

/// `{"event","group","env","state","mode","waiting",...,"data_loss","policy":{}}`; what nobody knows is null.
[[nodiscard]] std::string group_json(const GroupStatus& status);

/// The same and what the processes counted: `"published","resent","failed","dead_lettered","lost"`, and
/// `"rates":{"published","done"}` in messages a second.
[[nodiscard]] std::string stats_json(const GroupStatus& status);

/// Several of them; for people as a table.
ExitCode print_groups(Console& console, const std::vector<GroupStatus>& groups);
ExitCode print_stats(Console& console, const std::vector<GroupStatus>& groups);

}  // namespace ductape::cli
