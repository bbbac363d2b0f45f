// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/receipt_window.h"

#include <utility>

namespace ductape::cli {

std::optional<ReceiptWindow::Ticket> ReceiptWindow::reserve(std::uint64_t line, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  reserving_ = true;
  const bool room = room_.wait_for(lock, patience, [this] { return next_ - oldest_ < slots_.size(); });
  reserving_ = false;
  if (!room) return std::nullopt;
  slot(next_).line = line;
  return next_++;
}

void ReceiptWindow::complete(Ticket ticket, Result<Receipt> result) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    slot(ticket).result.emplace(std::move(result));
    wake = taking_ && ticket == oldest_;
  }
  if (wake) ready_.notify_one();
}

void ReceiptWindow::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  ready_.notify_one();
}

bool ReceiptWindow::take(std::vector<Outcome>& out) {
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    taking_ = true;
    ready_.wait(lock, [this] { return oldest_ == next_ ? closed_ : slot(oldest_).result.has_value(); });
    taking_ = false;
    if (oldest_ == next_) return false;
    for (; oldest_ < next_ && slot(oldest_).result; ++oldest_) {
      Slot& done = slot(oldest_);
      out.push_back({done.line, *std::exchange(done.result, std::nullopt)});
    }
    wake = reserving_;
  }
  if (wake) room_.notify_one();
  return true;
}

}  // namespace ductape::cli
