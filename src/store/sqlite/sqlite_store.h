// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/store/store.h"

namespace ductape::inline v0::store::sqlite {

/// `registry.db` in a directory that is made if it is missing: WAL, every commit on disk before it returns. The file
/// must lie on a local file system.
Result<std::unique_ptr<Store>> open_directory(const std::string& directory, std::chrono::milliseconds wait);

/// Private to the object, gone with it.
Result<std::unique_ptr<Store>> open_memory();

}  // namespace ductape::inline v0::store::sqlite
