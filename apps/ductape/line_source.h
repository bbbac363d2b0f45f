// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ductape/error.hpp>

#include "apps/ductape/stop_signals.h"
#include "apps/ductape/wake_up.h"

namespace ductape::cli {

/// Reads a descriptor until it ends, a signal asks to stop, or another thread wakes the reader. Used by one thread.
class LineSource {
 public:
  enum class Event {
    bytes,    ///< `chunk()` holds more
    end,      ///< the input has ended, or `failure()` says why it cannot be read
    signal,   ///< somebody asked the process to stop
    woken,    ///< `wake_up` rang
    patience  ///< nothing happened in time
  };

  LineSource(int descriptor, StopSignals& signals, WakeUp& wake_up);

  /// Blocks until something happens; a negative patience waits for ever.
  Event next(std::chrono::milliseconds patience);
  /// The same without reading: `patience` once the time has passed.
  Event pause(std::chrono::nanoseconds time);

  [[nodiscard]] std::string_view chunk() const noexcept { return chunk_; }
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  /// How long the whole input is, from where it stood at first; nothing if nobody knows (a pipe).
  [[nodiscard]] std::optional<std::uint64_t> bytes_total() const noexcept { return bytes_total_; }

 private:
  Event wait(int descriptor, std::chrono::nanoseconds patience);

  int descriptor_;
  StopSignals& signals_;
  WakeUp& wake_up_;
  std::string buffer_;
  std::string_view chunk_;
  std::uint64_t bytes_read_ = 0;
  std::optional<std::uint64_t> bytes_total_;
  std::optional<Error> failure_;
};

}  // namespace ductape::cli
