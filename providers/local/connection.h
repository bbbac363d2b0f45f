// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::local {

/// One broker in one environment: one file, and one engine on it, which is started by the first operation that needs
/// it.
Result<std::unique_ptr<driver::Connection>> open_connection(const driver::Options& options, driver::Runtime& runtime);

}  // namespace ductape::inline v0::local
