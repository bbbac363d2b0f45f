// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0 {

/// The providers linked into this program, in the order of their names. `driver::Capabilities` tells what each can do.
[[nodiscard]] std::span<const driver::Provider* const> providers();

/// The linked provider that a broker's `type` names (`KAFKA`, `kafka`, `AWS_SQS`, `sqs`), or null.
[[nodiscard]] const driver::Provider* find_provider(std::string_view type);

}  // namespace ductape::inline v0
