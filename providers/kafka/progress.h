// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "providers/kafka/standing.h"
#include "src/policy/ack_watermark.h"

namespace ductape::inline v0::kafka {

/// How far a group is in one partition, from its assignment to this member until it goes. Kafka counts no hand-outs:
/// the group writes down that it starts from an offset. After three starts that got nowhere any of the messages that
/// were handed out in them may be the one that they died of: these go out one by one, and that one does is committed
/// before it does, so that it alone is counted. Not thread-safe.
class Progress {
 public:
  explicit Progress(Standing committed);

  /// This is one more start from here.
  void start();
  /// Whether it may be the next that goes to a handler: while it is not clear what the earlier starts died of, only
  /// what is near; of suspects the first.
  [[nodiscard]] bool may_hand_out(std::int64_t offset);
  /// It is to go now; false: once that is committed.
  [[nodiscard]] bool goes(std::int64_t offset);
  /// It was handed out, and nobody died of it.
  void came_back(std::int64_t offset);
  [[nodiscard]] std::uint32_t deliveries(std::int64_t offset) const;
  /// True if it was finished before and must not be handed out.
  bool fetched(std::int64_t offset);
  void done(std::int64_t offset);

  /// The first that is not finished.
  [[nodiscard]] std::int64_t offset() const { return now_.offset; }
  [[nodiscard]] bool changed() const { return changed_; }
  /// What to commit, after which nothing has changed. `clean`: whoever comes next is not told of this start.
  [[nodiscard]] Standing take(bool clean);
  /// That was committed, or not.
  void take_ended(const Standing& taken, bool committed);

 private:
  void advanced();

  Standing now_;
  // Of this start: how often those below were handed out with it, whatever becomes of those before them.
  std::uint32_t counted_ = 1;
  std::int64_t counted_until_ = 0;
  std::optional<std::int64_t> alone_;  // the suspect that is to go, or is out
  bool alone_committed_ = false;
  policy::AckWatermark watermark_;
  bool changed_ = false;
};

}  // namespace ductape::inline v0::kafka
