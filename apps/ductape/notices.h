// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <ductape/notice.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// Tells on standard error what happens beside the calls, as far as `--log-level` asks for it. Outlives its client.
[[nodiscard]] std::function<void(const Notice&)> telling(Console& console, const Globals& globals);

/// How much a notice matters: one of the words of `--log-level`.
[[nodiscard]] std::string_view level_of(Notice::Kind kind) noexcept;

}  // namespace ductape::cli
