// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include <ductape/driver/publisher.hpp>

#include "providers/local/engine.h"

namespace ductape::inline v0::local {

constexpr std::uint64_t message_max = 16 << 20;

/// Why this provider does not take a record; no error if it does.
Error refusal(const driver::Record& record);

/// Finds the engine of an address' file, or says why there is none.
using FindEngine = std::function<Result<std::shared_ptr<Engine>>(const driver::Address&)>;

std::unique_ptr<driver::Publisher> make_publisher(driver::PublishSink& sink, driver::Runtime& runtime, FindEngine find);

}  // namespace ductape::inline v0::local
