// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include <ductape/driver/provider.hpp>

#include "providers/local/engine.h"

/// Operations on topics and groups.
namespace ductape::inline v0::local {

std::unique_ptr<Operation> make_provision(const driver::Address& main, std::span<const driver::GroupSpec> groups,
                                          bool create, driver::Done<driver::Topology> done);
std::unique_ptr<Operation> make_forget(const driver::Address& main, std::string_view group, driver::Done<void> done);
std::unique_ptr<Operation> make_reset(const driver::Address& main, std::string_view group, std::string_view to,
                                      driver::Done<void> done);
/// Of the group's messages, or of its dead letters.
std::unique_ptr<Operation> make_inspect(const driver::Address& address, std::string_view group,
                                        driver::Done<driver::GroupState> done);

}  // namespace ductape::inline v0::local
