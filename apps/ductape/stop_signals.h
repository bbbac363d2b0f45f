// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ductape::cli {

/// Turns the first SIGINT or SIGTERM into something to poll for; the second ends the process at once. Make it before
/// the first thread, so that no other thread takes the signals; one in a process, used by one thread.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  /// Readable once a signal has come.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Whether a signal has come. Does not block.
  bool came();

 private:
  int descriptor_ = -1;
  bool came_ = false;
};

}  // namespace ductape::cli
