// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

namespace ductape::inline v0::driver {

/// The offer of a driver's thread to run a task itself as soon as its own work is done: to wake a worker takes longer
/// than most handlers do. While one lives, the first task that its thread posts to a `Runtime` is left here if the
/// runtime may have one more at work; all others go to the workers. The thread must run it at once, with no lock held,
/// and be prepared for a task that blocks for hours, as handlers may.
///
///     driver::Errand errand;
///     read_from_the_socket();                      // ... sink.delivered(messages) ... runtime.post(task)
///     if (const auto task = errand.take()) task();
class Errand {
 public:
  Errand() : before_(std::exchange(open_, this)) {}
  ~Errand() { close(); }
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  /// The one of this thread that has no task yet; null if there is none. For runtimes.
  [[nodiscard]] static Errand* open() { return open_ != nullptr && !open_->task_ ? open_ : nullptr; }
  void leave(std::function<void()> task) { task_ = std::move(task); }

  /// The offer is over. Empty if nothing was left.
  [[nodiscard]] std::function<void()> take() {
    close();
    return std::exchange(task_, nullptr);
  }

 private:
  void close() {
    if (open_ == this) open_ = before_;
  }
  inline static thread_local Errand* open_ = nullptr;
  Errand* const before_;
  std::function<void()> task_;
};

}  // namespace ductape::inline v0::driver
