// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "src/pipeline/route.h"

namespace ductape::inline v0::pipeline {

/// Where a subscription reads, and where it moves messages to.
struct Place {
  std::shared_ptr<const Route> route;
  driver::Address retry = {}, dead_letter = {};

  /// Whether what is moved for a retry is read from another address than the topic's.
  [[nodiscard]] bool has_private_address() const { return retry.native != route->address.native; }
};

}  // namespace ductape::inline v0::pipeline
