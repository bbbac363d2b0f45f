// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ductape/result.hpp>

namespace ductape::inline v0::store {

/// Whether an errno says more than "it failed": a full disk, a refused access, a read-only file system,
/// a directory.
[[nodiscard]] bool is_telling(int system) noexcept;

/// The error for a call of the operating system that failed on a file or directory of the store.
[[nodiscard]] Error file_error(int system, std::string_view file);

/// `unsupported` if that is the magic number of a network file system (driver::file_system_of `directory`).
[[nodiscard]] Result<void> refuse_network(std::string_view directory, unsigned long file_system);

}  // namespace ductape::inline v0::store
