// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include <ductape/publish.hpp>

namespace ductape::cli {

/// Lines that are under way. Their outcomes come in any order and from any thread, and are given out in line order. At
/// most `capacity` lines have no outcome taken, so that an endless input needs bounded memory. Thread-safe: one thread
/// reserves, one takes, all may complete.
class ReceiptWindow {
 public:
  using Ticket = std::uint64_t;
  struct Outcome {
    std::uint64_t line = 0;
    Result<Receipt> result;
  };

  explicit ReceiptWindow(std::size_t capacity) : slots_(capacity) {}

  /// A place for this line; blocks while all are in use, at most `patience`, then nothing.
  std::optional<Ticket> reserve(std::uint64_t line, std::chrono::milliseconds patience);
  /// What became of the line; once for each ticket.
  void complete(Ticket ticket, Result<Receipt> result);
  /// No line will be reserved any more.
  void close();

  /// Blocks until the oldest line has an outcome and moves it and all complete ones behind it to `out`, in line order.
  /// False once the window is closed and every outcome was taken.
  bool take(std::vector<Outcome>& out);

 private:
  struct Slot {
    std::uint64_t line = 0;
    std::optional<Result<Receipt>> result = {};
  };
  Slot& slot(Ticket ticket) { return slots_[ticket % slots_.size()]; }

  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;  // guarded by mutex_, as is all below
  Ticket oldest_ = 0, next_ = 0;
  bool closed_ = false, taking_ = false, reserving_ = false;
};

}  // namespace ductape::cli
