// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ductape::inline v0::driver {

/// What kind of file system `path` lies on, or is to lie on where it is not there yet: its magic number as statfs tells
/// it; 0 if that cannot be told.
[[nodiscard]] unsigned long file_system_of(const std::string& path);

/// The name of a network file system by that number, or null. Neither locks nor shared mappings hold there between
/// hosts, so that no file which processes share may lie there.
[[nodiscard]] const char* network_file_system(unsigned long magic);

}  // namespace ductape::inline v0::driver
