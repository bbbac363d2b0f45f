// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/field.hpp>

#include "src/model/json.h"
#include "src/model/references.h"

/// Where credentials stand in a broker's `config`, in clear or by reference.
namespace ductape::inline v0::model {

/// Replaces what stands in clear by what `keep` answers: the value of a secret field, of a native key that by its name
/// holds one, and the credential inside a URL. `keep` is given the field's name (with a number behind it for the second
/// of one field and later ones) and the value. The config must have passed `check_config`.
Result<void> seal_credentials(
    Json& config, std::span<const driver::Field> fields,
    const std::function<Result<std::string>(const std::string& field, const std::string& value)>& keep);

/// Which secrets a config refers to.
[[nodiscard]] std::set<std::string, std::less<>> secrets_named_in(const Json& config);

/// The config as `driver::Options` wants it, references replaced. A value that does not fit its field is told without
/// being repeated. Errors: those of `value_of`, `invalid_argument`.
Result<driver::Config> resolved_config(std::string_view json, std::span<const driver::Field> fields,
                                       const std::function<Result<std::string>(const Reference&)>& value_of);

}  // namespace ductape::inline v0::model
