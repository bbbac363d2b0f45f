// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ductape/error.hpp>

namespace ductape::inline v0::store {

/// Whether an errno says more than "it failed": a full disk, a refused access, a read-only file system.
[[nodiscard]] bool is_telling(int system) noexcept;

/// The error for a call of the operating system that failed on a file or directory of the store.
[[nodiscard]] Error file_error(int system, std::string_view file);

}  // namespace ductape::inline v0::store
