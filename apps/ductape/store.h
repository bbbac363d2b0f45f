// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/client.hpp>

#include "apps/ductape/command.h"

namespace ductape::cli {

/// The registry, and what the global options and their fall-backs name.
struct Store {
  Registry registry;
  std::string product;  ///< never empty
  std::string env;
};

[[nodiscard]] Result<Registry> open_registry(const Globals& globals);
/// Errors: those of `Registry::open`, and `invalid_argument` if nothing names a product.
[[nodiscard]] Result<Store> open_store(const Globals& globals);
/// With a console the client tells there what happens beside the calls.
[[nodiscard]] Result<Client> open_client(const Globals& globals, Console* console = nullptr);

/// A flag's value, else the environment variable's, else the third.
[[nodiscard]] std::string first_of(const std::string& flag, const char* variable, std::string otherwise);

}  // namespace ductape::cli
