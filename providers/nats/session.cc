// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/session.h"

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {

void Session::push(std::function<void()> task) {
  link_->soon([self = shared_from_this(), task = std::move(task)] {
    if (self->ended_) return;
    task();
    if (!self->ended_) return;
    const std::lock_guard lock(self->mutex_);
    self->over_ = true;
    self->joinable_.notify_all();
  });
}

void Session::end(Error why) {
  if (ended_) return;
  // Whatever it hears first of the end: an answer that did not come, or that the connection is closed.
  if (why.code == Errc::unavailable && link_->gave_up()) why.documented = "SUBSCRIBE_FAILED";
  ended_ = true;
  link_->remove(*this);
  on_end(why);
  tell_ended(std::move(why));
}

void Session::await_end() {
  std::unique_lock lock(mutex_);
  joinable_.wait(lock, [this] { return over_; });
}

void Session::at(driver::Deadline when, std::function<void()> task) {
  runtime_.at(when, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) self->push(task);
  });
}

void Session::stop(driver::Deadline deadline) {
  push([this, deadline] {
    if (deadline < stop_at_) {
      stop_at_ = deadline;
      at(deadline, [this] { end({}); });
    }
    if (!std::exchange(stopping_, true)) begin_stop();
  });
}

void Session::refuse_seek(driver::Done<void> done) {
  link_->soon([done = std::move(done)] {
    done(
        failure(Errc::unsupported, "a running NATS consumer cannot be moved", "close its members and reset the group"));
  });
}

void Session::closed(const Error& why) {
  push([this, why] { end(why); });
}

}  // namespace ductape::inline v0::nats
