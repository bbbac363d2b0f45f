// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include <ductape/notice.hpp>

#include "src/pipeline/place.h"

/// What it takes to have a group at a provider.
namespace ductape::inline v0::client {

/// Views into `group`.
[[nodiscard]] driver::GroupSpec spec_of(const GroupDefinition& group);

/// Why the provider of `to` cannot have such a group, if it cannot.
[[nodiscard]] std::optional<Error> refused_by(const pipeline::Route& to, Mode mode, std::string_view from);

/// Where the group is read there, and where its messages are moved to.
Result<pipeline::Place> place_of(std::shared_ptr<const pipeline::Route> route, std::string_view group);

/// What provisioning told: `not_found` for what is missing and may not be made; what differs goes to `tell`.
Result<void> check_topology(const driver::Topology& topology, const pipeline::Route& route, std::string_view group,
                            const std::function<void(const Notice&)>& tell);

}  // namespace ductape::inline v0::client
