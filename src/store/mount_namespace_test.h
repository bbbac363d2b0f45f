// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace ductape::inline v0 {

/// Runs a test's body in a child process whose mounts nobody else sees, and takes over its failures. Skips where the
/// system allows no such namespace.
void in_mount_namespace(const std::function<void()>& body);

// In there only.
bool mount_tmpfs(const std::string& directory, const char* options);
bool remount(const std::string& directory, const char* options);
bool remount_read_only(const std::string& directory);
void unmount(const std::string& directory);

}  // namespace ductape::inline v0
