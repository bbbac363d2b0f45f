// SPDX-License-Identifier: Apache-2.0
#include "providers/kafka/progress.h"

#include <algorithm>

namespace ductape::inline v0::kafka {
namespace {

// How many may be handed out, from the first on, when an earlier start got nowhere.
constexpr std::int64_t near = 256;
// A start that got nowhere is no rarity, two are one.
constexpr std::uint32_t suspicious = 3;

}  // namespace

Progress::Progress(Standing committed) : now_(std::move(committed)) { now_.done.remove_below(now_.offset); }

void Progress::start() {
  changed_ = true;
  now_.starts = std::min(now_.starts + 1, suspicious);
  if (now_.starts == 1)
    now_.until = 0;
  else if (now_.until <= now_.offset)
    now_.until = now_.offset + near;
  counted_ = now_.starts;
  counted_until_ = now_.until;
}

bool Progress::may_hand_out(std::int64_t offset) {
  if (now_.until == 0) return true;
  if (offset >= now_.until) {
    if (watermark_.unsettled() > 0) return false;
    now_.starts = 1;
    now_.until = counted_until_ = 0;
    return true;
  }
  return now_.starts < suspicious || offset == watermark_.first_unsettled();
}

bool Progress::goes(std::int64_t offset) {
  if (now_.starts < suspicious || offset >= now_.until) return true;
  if (alone_ != offset) {
    alone_ = offset;
    alone_committed_ = false;
    ++now_.alone;
    changed_ = true;
  }
  return alone_committed_;
}

void Progress::came_back(std::int64_t offset) {
  if (alone_ != offset) return;
  alone_.reset();
  --now_.alone;
  changed_ = true;
}

std::uint32_t Progress::deliveries(std::int64_t offset) const {
  if (offset >= counted_until_) return 1;
  return alone_ == offset ? suspicious - 1 + now_.alone : counted_;
}

bool Progress::fetched(std::int64_t offset) {
  const bool finished = now_.finished(offset);
  watermark_.delivered(offset);
  if (finished) {
    watermark_.done(offset);
    advanced();
  }
  return finished;
}

void Progress::done(std::int64_t offset) {
  changed_ = true;
  watermark_.done(offset);
  advanced();
  if (offset >= now_.offset) now_.done.add(offset);
}

void Progress::advanced() {
  const auto last = watermark_.take_commit();
  if (!last || *last < now_.offset) return;
  changed_ = true;
  now_.offset = *last + 1;
  now_.alone = 0;
  alone_.reset();
  now_.done.remove_below(now_.offset);
  if (now_.starts < suspicious || now_.offset >= now_.until) {
    now_.starts = std::min(now_.starts, 1u);
    now_.until = 0;
  }
}

Standing Progress::take(bool clean) {
  changed_ = false;
  Standing standing = now_;
  if (clean) standing.starts = standing.alone = 0;
  if (clean) standing.until = 0;
  return standing;
}

void Progress::take_ended(const Standing& taken, bool committed) {
  if (!committed) changed_ = true;
  if (committed && taken.offset == now_.offset && taken.alone == now_.alone) alone_committed_ = true;
}

}  // namespace ductape::inline v0::kafka
