// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ductape::cli {

/// Wakes a thread that polls. `ring` may be called from any thread.
class WakeUp {
 public:
  WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp();

  void ring() noexcept;
  /// Readable after `ring` until `clear`.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  void clear() noexcept;

 private:
  int descriptor_;
};

}  // namespace ductape::cli
