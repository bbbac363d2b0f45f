// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/provider.hpp>

#include "src/model/json.h"

namespace ductape::inline v0::model {

using FlatConfig = driver::Config;

/// A broker's `config` object as `driver::Options` wants it: nested keys are joined by dots, a list of plain values by
/// commas; strings are taken as they are, other values as their JSON text. Errors: `invalid_argument`.
Result<FlatConfig> flatten_config(std::string_view json);

/// Whether each value has a type that its field can be written in: a list is texts or one text, a text is no number
/// that could lose its zeros, an object stands only where fields have dots. Keys that are no field's are not looked at.
/// Errors: `invalid_argument` that says what to write; no value is repeated.
Result<void> check_types(const Json& config, std::span<const driver::Field> fields, const std::string& path);

/// A `connection_url` that stands in the config becomes the field that it is here. Errors: `invalid_argument` where
/// there is none, or where that field is given too.
Result<void> place_connection_url(Json& config, std::span<const driver::Field> fields, const std::string& type,
                                  const std::string& path);

/// Whether each key is one of `fields`, each value fits, and no required one is missing. What a reference stands for is
/// not looked at. `path` is where the object stands. Errors: `invalid_argument` with the nearest known key; no
/// credential is repeated.
Result<void> check_config(const Json& config, std::span<const driver::Field> fields, const std::string& path);

}  // namespace ductape::inline v0::model
