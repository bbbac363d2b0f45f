// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>

namespace ductape::inline v0::policy {

/// Bounds, by count and by bytes, what is published and not yet confirmed. Not thread-safe.
class PublishGate {
 public:
  PublishGate(std::size_t count, std::size_t bytes) : max_count_(count), max_bytes_(bytes) {}

  /// Takes a place for a message of this size, or says that there is none. A message larger than the byte bound is let
  /// in when nothing else is inside: otherwise it could never be sent.
  bool try_enter(std::size_t bytes) {
    // bytes_ is over max_bytes_ while an oversized message is inside, hence no subtraction from the bound alone.
    const bool room = count_ < max_count_ && bytes_ <= max_bytes_ && bytes <= max_bytes_ - bytes_;
    if (!room && !idle()) return false;
    ++count_;
    bytes_ += bytes;
    return true;
  }

  /// Gives the place back; `bytes` as given to `try_enter`.
  void leave(std::size_t bytes) {
    assert(count_ > 0 && bytes <= bytes_);
    --count_;
    bytes_ -= bytes;
  }

  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }
  bool idle() const { return count_ == 0; }

 private:
  const std::size_t max_count_;
  const std::size_t max_bytes_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace ductape::inline v0::policy
