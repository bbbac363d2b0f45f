// SPDX-License-Identifier: Apache-2.0
#include "src/client/teller.h"

#include <vector>

namespace ductape::inline v0::client {

void Teller::add(const void* source, std::string scope, Count count) {
  const std::lock_guard lock(mutex_);
  sources_.insert_or_assign(source, Source{.scope = std::move(scope), .count = std::move(count)});
}

void Teller::remove(const void* source) {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  if (found == sources_.end()) return;
  look(found->second);
  sources_.erase(found);
}

void Teller::look(Source& at) {
  const auto counted = at.count();
  if (counted == at.seen) return;
  untold_[at.scope] += counted - at.seen;
  totals_[at.scope] += counted - at.seen;
  at.seen = counted;
}

void Teller::tell() {
  const std::lock_guard telling(telling_);
  std::vector<model::Tallies::Entry> entries;
  driver::WallTime now;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [source, at] : sources_) look(at);
    for (const auto& [scope, seen] : untold_) entries.push_back({.scope = scope, .seen = seen});
    now = runtime_.wall();
  }
  if (entries.empty()) return;
  const auto store = store_();
  if (!store || !(*store)->add(entries, now)) return;
  const std::lock_guard lock(mutex_);
  // What was removed meanwhile came on top.
  for (const auto& [scope, seen] : entries) {
    auto& left = untold_[scope];
    left = left - seen;
    if (left == model::Tally{}) untold_.erase(scope);
  }
}

std::map<std::string, model::Tally> Teller::totals() {
  const std::lock_guard lock(mutex_);
  for (auto& [source, at] : sources_) look(at);
  return totals_;
}

}  // namespace ductape::inline v0::client
