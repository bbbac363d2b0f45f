// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::pipeline {

/// Waits until `ready()` or until the runtime's time passes `deadline`; the time may be virtual, so the runtime's timer
/// wakes the waiter. `owner` keeps mutex and condition alive for a timer that is already running. True if ready.
template <class Owner, class Ready>
bool wait_until(driver::Runtime& runtime, std::shared_ptr<Owner> owner, std::unique_lock<std::mutex>& lock,
                std::condition_variable& changed, driver::Deadline deadline, Ready ready) {
  if (ready()) return true;
  driver::Runtime::Timer timer = 0;
  if (deadline != driver::Deadline::max()) {
    timer = runtime.at(deadline, [owner, mutex = lock.mutex(), condition = &changed] {
      std::lock_guard wake(*mutex);
      condition->notify_all();
    });
  }
  changed.wait(lock, [&] { return ready() || runtime.now() >= deadline; });
  if (timer != 0) runtime.cancel(timer);
  return ready();
}

}  // namespace ductape::inline v0::pipeline
