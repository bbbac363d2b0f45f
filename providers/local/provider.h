// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0 {

/// The embedded broker: messages in one SQLite file per broker and environment, shared by the processes of one host.
const driver::Provider& provider_local();

}  // namespace ductape::inline v0
