// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "providers/kafka/standing.h"
#include "src/policy/ack_watermark.h"

namespace ductape::inline v0::kafka {

/// How far a group is in one partition, from its assignment to this member until it goes. Kafka counts no hand-outs:
/// the group writes down that it starts from an offset, and from the third start on the messages that were handed out
/// in the earlier ones are counted as handed out that often. Not thread-safe.
class Progress {
 public:
  explicit Progress(Standing committed);

  /// This is one more start from here.
  void start();
  /// Whether it may go to a handler now: while it is not clear what the earlier starts died of, only what is near.
  [[nodiscard]] bool may_hand_out(std::int64_t offset);
  [[nodiscard]] std::uint32_t deliveries(std::int64_t offset) const;
  /// True if it was finished before and must not be handed out.
  bool fetched(std::int64_t offset);
  void done(std::int64_t offset);

  /// The first that is not finished.
  [[nodiscard]] std::int64_t offset() const { return now_.offset; }
  [[nodiscard]] bool changed() const { return changed_; }
  /// What to commit, after which nothing has changed. `clean`: whoever comes next is not told of this start.
  [[nodiscard]] Standing take(bool clean);
  /// That was not committed.
  void take_failed() { changed_ = true; }

 private:
  void advanced();

  Standing now_;
  // Of this start: how often those below were handed out with it, whatever becomes of those before them.
  std::uint32_t counted_ = 1;
  std::int64_t counted_until_ = 0;
  policy::AckWatermark watermark_;
  bool changed_ = false;
};

}  // namespace ductape::inline v0::kafka
