// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include <ductape/groups.hpp>

namespace ductape::cli {

/// The groups and their topics in Prometheus' text format, version 0.0.4. What nobody counts has no line.
[[nodiscard]] std::string prometheus_text(std::span<const GroupStatus> groups);

}  // namespace ductape::cli
