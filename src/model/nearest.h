// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ductape::inline v0::model {

/// The known word that `word` was probably meant to be (edits and swapped neighbours, case ignored), or an empty view
/// if none is near. Of equally near ones the first.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// `; did you mean "queue"?`, or nothing if none is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace ductape::inline v0::model
