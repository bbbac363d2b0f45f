// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::local {

/// The sink of one session: calls come one at a time and none after `ended`, also while the engine reads what belongs
/// to the caller; yet the session can be ended at its deadline from outside, even when the engine is stuck in a system
/// call. Thread-safe.
template <class Sink>
class SinkGate {
 public:
  explicit SinkGate(Sink& sink) : sink_(&sink) {}

  /// Runs `call(sink)` unless the session has ended.
  template <class Call>
  void with(Call&& call) {
    const std::lock_guard lock(mutex_);
    if (!ended_) call(*sink_);
  }
  /// Runs `read()` unless the session has ended; it does not end meanwhile, but the sink may be called.
  template <class Read>
  void read(Read&& read) {
    const std::lock_guard lock(reading_);
    if (!ended_) read();
  }
  /// Tells that the session is over, once.
  void end(Error why) {
    const std::scoped_lock lock(reading_, mutex_);
    if (ended_.exchange(true)) return;
    sink_->ended(std::move(why));
  }
  /// Waits for a call of the sink that is under way in another thread.
  void quiesce() { const std::lock_guard lock(mutex_); }
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  std::mutex reading_, mutex_;
  std::atomic<bool> ended_ = false;
  Sink* sink_;
};

}  // namespace ductape::inline v0::local
