// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/store/sqlite/database.h"

namespace ductape::inline v0::store::sqlite {

/// Grows with every change of the tables or of what is in the records: an older program would drop fields that it does
/// not know when it writes a record back.
inline constexpr std::uint64_t schema_version = 1;

/// Makes the tables in an empty file. Errors: `unsupported` for a newer store and for another program's file; it is
/// left as it is.
Result<void> prepare_schema(Database& database);

}  // namespace ductape::inline v0::store::sqlite
