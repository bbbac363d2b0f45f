// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <ductape/driver/types.hpp>

namespace ductape::inline v0::driver {

/// What a driver gets from the client: time, timers and workers. Thread-safe. In tests the time is virtual, so a driver
/// asks here and never a clock.
class Runtime {
 public:
  using Timer = std::uint64_t;  ///< 0 is no timer

  virtual ~Runtime() = default;
  [[nodiscard]] virtual Deadline now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  /// Runs `task` soon on a worker.
  virtual void post(std::function<void()> task) = 0;
  /// Runs `task` once, at `when` or soon after, on a worker.
  virtual Timer at(Deadline when, std::function<void()> task) = 0;
  /// After it returned the task will not start any more; it may still be running. Unknown timers are ignored.
  virtual void cancel(Timer) = 0;
};

}  // namespace ductape::inline v0::driver
