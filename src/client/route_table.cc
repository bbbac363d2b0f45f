// SPDX-License-Identifier: Apache-2.0
#include "src/client/route_table.h"

#include <functional>

namespace ductape::inline v0::client {

RouteCell* RouteTable::find(RouteCell* from, std::string_view product, std::string_view env, std::string_view event) {
  for (auto* cell = from; cell; cell = cell->next)
    if (cell->event == event && cell->env == env && cell->product == product) return cell;
  return nullptr;
}

RouteCell& RouteTable::cell(std::string_view product, std::string_view env, std::string_view event) {
  const std::hash<std::string_view> hash;
  auto& bucket = buckets_[(hash(event) ^ (hash(env) * 31) ^ (hash(product) * 961)) % buckets_.size()];
  if (auto* found = find(bucket.load(std::memory_order_acquire), product, env, event)) return *found;
  std::lock_guard lock(adding_);
  auto* head = bucket.load(std::memory_order_acquire);
  if (auto* found = find(head, product, env, event)) return *found;
  auto& added = *cells_.emplace_back(std::make_unique<RouteCell>());
  added.product = product;
  added.env = env;
  added.event = event;
  added.next = head;
  bucket.store(&added, std::memory_order_release);
  return added;
}

std::vector<RouteCell*> RouteTable::cells() {
  std::vector<RouteCell*> all;
  const std::lock_guard lock(adding_);
  for (const auto& cell : cells_) all.push_back(cell.get());
  return all;
}

}  // namespace ductape::inline v0::client
