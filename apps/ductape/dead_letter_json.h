// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ductape/dead_letters.hpp>

namespace ductape::cli {

/// Appends `{"id","reason","error","attempts","deliveries","first_failure","last_failure","group","event","key",
/// "headers","body"}`; what nobody knows is null, a body that is not JSON is `"body_base64"`.
void append_dead_letter(std::string& out, const DeadLetter& dead);

/// For people: one a line.
[[nodiscard]] std::string dead_letter_table(const std::vector<DeadLetter>& all);

/// For people: one with all that is known of it, its body last.
[[nodiscard]] std::string dead_letter_outline(const DeadLetter& dead);

}  // namespace ductape::cli
