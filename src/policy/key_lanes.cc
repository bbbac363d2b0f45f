// SPDX-License-Identifier: Apache-2.0
#include "src/policy/key_lanes.h"

#include <cassert>
#include <functional>

namespace ductape::inline v0::policy {

LaneEntry** KeyLanes::link_to(std::uint64_t hash, std::string_view key) {
  LaneEntry** link = &heads_[hash % heads_.size()];
  while (*link && ((*link)->hash != hash || (*link)->key != key)) link = &(*link)->peer;
  return link;
}

bool KeyLanes::enter(LaneEntry& entry) {
  if (entry.key.empty()) return true;
  entry.next = entry.prev = entry.peer = nullptr;
  entry.last = &entry;
  entry.hash = std::hash<std::string_view>{}(entry.key);
  LaneEntry** link = link_to(entry.hash, entry.key);
  LaneEntry* const head = *link;
  if (!head) {
    *link = &entry;
    return true;
  }
  entry.prev = head->last;
  head->last->next = &entry;
  head->last = &entry;
  ++waiting_;
  return false;
}

LaneEntry* KeyLanes::leave(LaneEntry& entry) {
  if (entry.key.empty()) return nullptr;
  LaneEntry** link = link_to(entry.hash, entry.key);
  assert(*link == &entry && "only the one that may run leaves");
  LaneEntry* const heir = entry.next;
  if (heir) {
    heir->prev = nullptr;
    heir->last = entry.last;
    heir->peer = entry.peer;
    --waiting_;
  }
  *link = heir ? heir : entry.peer;
  entry.next = entry.last = entry.peer = nullptr;
  return heir;
}

bool KeyLanes::remove(LaneEntry& entry) {
  if (!entry.prev) return false;
  if (entry.next) {
    entry.next->prev = entry.prev;
  } else {
    (*link_to(entry.hash, entry.key))->last = entry.prev;
  }
  entry.prev->next = entry.next;
  entry.next = entry.prev = entry.last = nullptr;
  --waiting_;
  return true;
}

}  // namespace ductape::inline v0::policy
