// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/field.hpp>
#include <ductape/result.hpp>

namespace ductape::inline v0::registry {

/// The variable that goes before a field of a broker's config: DUCTAPE_BROKER_ORDERS_SASL_PASSWORD.
[[nodiscard]] std::string variable_of(std::string_view broker, const driver::Field& field);

/// Puts what this process's environment says in the place of what the config says. An empty variable says nothing.
/// Errors: `invalid_argument`, naming the variable; its value is not repeated.
Result<void> overlay_environment(driver::Config& config, std::string_view broker,
                                 std::span<const driver::Field> fields);

}  // namespace ductape::inline v0::registry
