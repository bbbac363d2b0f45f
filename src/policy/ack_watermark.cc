// SPDX-License-Identifier: Apache-2.0
#include "src/policy/ack_watermark.h"

#include <algorithm>
#include <utility>

namespace ductape::inline v0::policy {

void AckWatermark::delivered(std::int64_t position) {
  if (last_delivered_ && position <= *last_delivered_) return;
  last_delivered_ = position;
  slots_.push_back({position, false});
  ++unsettled_;
}

void AckWatermark::done(std::int64_t position) {
  if (slots_.empty() || position < slots_.front().position) return;
  // Holes only move a slot towards the front of where it would be without them; mostly there are none.
  const auto offset = static_cast<std::uint64_t>(position) - static_cast<std::uint64_t>(slots_.front().position);
  auto slot = slots_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, slots_.size() - 1));
  if (slot->position != position) {
    slot = std::lower_bound(slots_.begin(), slot, position,
                            [](const Slot& left, std::int64_t right) { return left.position < right; });
  }
  if (slot->position != position || slot->done) return;
  slot->done = true;
  --unsettled_;
  while (!slots_.empty() && slots_.front().done) {
    commit_ = slots_.front().position;
    slots_.pop_front();
  }
}

std::optional<std::int64_t> AckWatermark::take_commit() { return std::exchange(commit_, std::nullopt); }

}  // namespace ductape::inline v0::policy
