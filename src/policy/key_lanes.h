// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ductape::inline v0::policy {

/// The part of a delivery that KeyLanes needs. It stays where it is, and its key valid, while it is inside. Only `key`
/// is the caller's.
struct LaneEntry {
  std::string_view key = {};
  LaneEntry* next = nullptr;  ///< who runs after this one
  LaneEntry* prev = nullptr;  ///< who runs before it; null for the one that may run
  LaneEntry* last = nullptr;  ///< of the one that may run: the end of its lane
  LaneEntry* peer = nullptr;  ///< of the one that may run: the next lane of the bucket
  std::uint64_t hash = 0;
};

/// One delivery of a key at a time, in the order in which they entered. A lane is the list of its entries, headed by
/// the one that may run, and lasts as long as there are any: it needs neither memory of its own nor a copy of the key,
/// since the head lends its own. Keyless entries may always run and are not held here. Not thread-safe.
class KeyLanes {
 public:
  KeyLanes() = default;
  KeyLanes(const KeyLanes&) = delete;
  KeyLanes& operator=(const KeyLanes&) = delete;

  /// True: it may run now. False: it waits until `leave` returns it.
  [[nodiscard]] bool enter(LaneEntry& entry);
  /// The outcome of one that was allowed to run is final. Returns the next of its key, which may run now, or null.
  [[nodiscard]] LaneEntry* leave(LaneEntry& entry);
  /// How many wait.
  std::size_t waiting() const { return waiting_; }
  /// Takes this one out if it waits; false if it does not, then it is for `leave`.
  bool remove(LaneEntry& entry);

 private:
  LaneEntry** link_to(std::uint64_t hash, std::string_view key);  // to the head of the key's lane, or the bucket's end

  std::array<LaneEntry*, 1024> heads_ = {};
  std::size_t waiting_ = 0;
};

}  // namespace ductape::inline v0::policy
