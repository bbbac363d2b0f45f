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
  bool overtaken = false;     ///< a later record of this key was accepted: sending this one again would break the order
  bool in_flight = false;     ///< set by the caller from handing it to the provider until the outcome is there
  bool maybe_stored = false;  ///< set by the caller when an attempt ended with an unknown outcome
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
  /// A later one of its key is in flight. Sending this one again now could bring it behind that one: it waits for that
  /// outcome, which overtakes it or leaves it free to go. Walks the bucket's later records; asked before a resend only.
  [[nodiscard]] bool later_in_flight(const KeyedRecord& record) const;
  /// A later one of its key may be stored: sending one again that surely is not would bring it behind that one.
  [[nodiscard]] bool later_maybe_stored(const KeyedRecord& record) const;
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
