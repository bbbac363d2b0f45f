// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <ductape/driver/types.hpp>

#include "src/net/event_loop.h"

namespace ductape::inline v0::net {

/// What all sessions of drivers on this loop have in common: their work is done in the loop's turns, they end once,
/// and whoever destroys one waits until its sink is not being told anything.
class Session : public std::enable_shared_from_this<Session> {
 public:
  virtual ~Session() = default;

  /// From any thread. At the deadline it ends, whatever the server does.
  void stop(driver::Deadline deadline);
  /// The destructor of the driver's object calls it: nothing is told afterwards.
  void abandon();

 protected:
  explicit Session(EventLoop& loop) : loop_(loop), deadline_(loop) {}

  /// Runs it in a turn of the loop unless the session is over by then.
  void post(std::function<void()> task);
  /// The same, and if `here` at once on this thread where it is nobody's turn. Not with TLS, which works between turns
  /// too. The task tells nobody anything.
  template <class Task>
  void run_or_post(bool here, Task task) {
    if (!here || !loop_.try_run([&] {
          if (!over_) task();
        }))
      post(std::move(task));
  }
  /// Tells the sink something.
  template <class Tell>
  void tell(Tell&& tell) {
    const std::lock_guard one(telling_);
    if (!abandoned_) std::forward<Tell>(tell)();
  }
  [[nodiscard]] bool is_over() const { return over_; }
  [[nodiscard]] driver::Deadline stop_at() const { return stop_at_; }
  void end(Error why);

  /// Begin to end; call `end` when all is done.
  virtual void leave() = 0;
  /// Let go of what is connected, then tell the sink that it ended.
  virtual void on_end(Error why) = 0;

  EventLoop& loop_;

 private:
  std::mutex telling_;
  bool abandoned_ = false;  // with `telling_`
  bool over_ = false, leaving_ = false;
  LoopTimer deadline_;
  driver::Deadline stop_at_ = driver::Deadline::max();
};

}  // namespace ductape::inline v0::net
