// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <ductape/client.hpp>
#include <ductape/driver/provider.hpp>

namespace ductape::inline v0::detail {

/// What a client stands on. Tests put something else under it.
struct Surroundings {
  /// Null: threads of its own.
  std::shared_ptr<driver::Runtime> runtime;
  /// By a broker's type; empty: `ductape::find_provider`.
  std::function<const driver::Provider*(std::string_view type)> find_provider;
};

Result<Client> open_client(ClientOptions options, Registry registry, Surroundings surroundings);

}  // namespace ductape::inline v0::detail
