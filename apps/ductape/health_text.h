// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <ductape/health.hpp>

namespace ductape::cli {

[[nodiscard]] std::string_view text(HealthState state) noexcept;

/// `{"state","items":[{"what","state","reason","last_answer_ms_ago"}]}`; what there is not is null.
[[nodiscard]] std::string health_json(const Health& health, std::chrono::steady_clock::time_point now);

/// For people: a table, then the state of all.
[[nodiscard]] std::string health_table(const Health& health, std::chrono::steady_clock::time_point now);

}  // namespace ductape::cli
