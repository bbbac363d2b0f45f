// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "src/pipeline/route.h"

namespace ductape::inline v0::client {

/// One (product, env, event) and the route it has at present. A cell is never removed while its client lives, so a
/// handle may point at it.
struct RouteCell {
  std::string product, env, event;
  std::atomic<const pipeline::Route*> route = nullptr;
  std::atomic<std::uint64_t> generation = 0;  // of the registry when the route was last known to be right; 0: never
  RouteCell* next = nullptr;
};

/// Finds cells without a lock; only adding takes one.
class RouteTable {
 public:
  RouteCell& cell(std::string_view product, std::string_view env, std::string_view event);

  /// Those there are.
  [[nodiscard]] std::vector<RouteCell*> cells();

 private:
  static RouteCell* find(RouteCell* from, std::string_view product, std::string_view env, std::string_view event);
  std::array<std::atomic<RouteCell*>, 1024> buckets_{};
  std::mutex adding_;
  std::vector<std::unique_ptr<RouteCell>> cells_;
};

}  // namespace ductape::inline v0::client
