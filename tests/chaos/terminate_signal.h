// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

namespace chaos {

/// SIGTERM as something to wait for. Made before the first thread, so that no thread is interrupted by it.
class TerminateSignal {
 public:
  TerminateSignal() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  /// Whether it came within this time.
  [[nodiscard]] bool came_within(std::chrono::milliseconds patience) const {
    const timespec time{.tv_sec = patience.count() / 1000, .tv_nsec = patience.count() % 1000 * 1'000'000};
    return sigtimedwait(&set_, nullptr, &time) == SIGTERM;
  }

 private:
  sigset_t set_{};
};

}  // namespace chaos
