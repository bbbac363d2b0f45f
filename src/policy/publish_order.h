// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ductape::inline v0::policy {

/// The part of a record that PublishOrder needs. It stays where it is, and its key valid, from `add` until `accepted`
/// or `removed`.
struct KeyedRecord {
  std::string_view key = {};
  std::uint64_t hash = 0;          ///< set by `add`
  KeyedRecord* earlier = nullptr;  ///< neighbours in the bucket, whatever their key; PublishOrder's own
  KeyedRecord* later = nullptr;
  bool overtaken = false;  ///< a later record of this key was accepted: sending this one again would break the order
};

/// The keyed records that are under way, in the order of their publish calls. Tells which of them may no longer be sent
/// again because a later one of the same key was accepted. Keyless records are not added. Allocates nothing per record.
/// Not thread-safe; its records must have left before it is destroyed.
class PublishOrder {
 public:
  PublishOrder() = default;
  PublishOrder(const PublishOrder&) = delete;
  PublishOrder& operator=(const PublishOrder&) = delete;

  /// In call order. A record that is sent again keeps its place: it is not added twice.
  void add(KeyedRecord& record);
  /// The provider has it: every earlier one of its key that is still here becomes `overtaken`; then it leaves.
  /// O(1) when it is the oldest of its bucket, the usual case.
  void accepted(KeyedRecord& record);
  /// It failed for good; it leaves. O(1).
  void removed(KeyedRecord& record);

 private:
  struct Bucket {
    KeyedRecord* oldest = nullptr;
    KeyedRecord* newest = nullptr;
  };
  Bucket& bucket(const KeyedRecord& record) { return buckets_[record.hash % buckets_.size()]; }

  std::array<Bucket, 1024> buckets_;
};

}  // namespace ductape::inline v0::policy
