// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace ductape::inline v0::policy {

/// How far one scope of a log may be committed: up to the last message before the first that has no outcome yet. One
/// for each assignment of a partition or shard; a seek begins a new one. Not thread-safe.
class AckWatermark {
 public:
  /// Positions rise, with holes where the log was compacted. One that does not rise is a repeat and changes nothing: it
  /// is already tracked or already committed.
  void delivered(std::int64_t position);
  /// Its outcome is final. A position that is not tracked (any more) is ignored.
  void done(std::int64_t position);
  /// The highest position of the finished prefix, if it rose since the last call. That is the last finished message; a
  /// log that commits the next one to read adds one.
  [[nodiscard]] std::optional<std::int64_t> take_commit();
  /// Delivered and not done.
  std::size_t unsettled() const { return unsettled_; }
  /// The first of them.
  [[nodiscard]] std::optional<std::int64_t> first_unsettled() const {
    return slots_.empty() ? std::nullopt : std::optional(slots_.front().position);
  }

 private:
  struct Slot {
    std::int64_t position;
    bool done;
  };
  std::deque<Slot> slots_;  // from the first without an outcome to the last delivered
  std::optional<std::int64_t> last_delivered_;
  std::optional<std::int64_t> commit_;  // not taken yet
  std::size_t unsettled_ = 0;
};

}  // namespace ductape::inline v0::policy
