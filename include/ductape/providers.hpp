// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0 {

/// The providers linked into this program, in the order of their names. `driver::Capabilities` tells what each can do.
[[nodiscard]] std::span<const driver::Provider* const> providers();

/// The linked provider that a broker's `type` names (`KAFKA`, `kafka`, `AWS_SQS`, `sqs`), or null.
[[nodiscard]] const driver::Provider* find_provider(std::string_view type);

/// What brokers of a technology are configured with, whether its provider is linked or not.
struct ProviderOptions {
  std::string_view name;  ///< the folder's name: "kafka"
  std::span<const driver::Field> (*fields)();
};
/// Of every technology that this version knows, in the order of their names.
[[nodiscard]] std::span<const ProviderOptions> provider_options();

/// Those of the technology that a broker's `type` names, or null.
[[nodiscard]] const ProviderOptions* find_options(std::string_view type);

}  // namespace ductape::inline v0
