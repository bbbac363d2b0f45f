// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::model {

/// A broker's `type` as it is stored and exported: upper case, aliases resolved (`sqs` is `AWS_SQS`). Whether there is
/// such a provider is another question.
[[nodiscard]] std::string canonical_type(std::string_view type);

/// What a broker of that type is configured with, in this build or not: one of `linked`, or of those whose options
/// every build has. Errors: `invalid_argument` with the nearest known type.
Result<std::span<const driver::Field>> fields_of(std::string_view type,
                                                 std::span<const driver::Provider* const> linked);

}  // namespace ductape::inline v0::model
