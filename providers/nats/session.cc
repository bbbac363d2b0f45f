// SPDX-License-Identifier: Apache-2.0
#include "providers/nats/session.h"

#include <ductape/driver/errand.hpp>

#include "providers/nats/errors.h"

namespace ductape::inline v0::nats {

void Session::push(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  if (over_) return;
  tasks_.push_back(std::move(task));
  if (tasks_.size() == 1) runtime_.post([self = shared_from_this()] { self->run(); });
}

void Session::run() {
  driver::Errand errand;
  run_tasks();
  if (const auto task = errand.take()) task();
}

// A task stays in the queue while it runs: so the next one waits for it.
void Session::run_tasks() {
  for (std::unique_lock lock(mutex_); !tasks_.empty(); tasks_.pop_front()) {
    auto task = std::move(tasks_.front());
    lock.unlock();
    if (!ended_) task();
    task = {};
    lock.lock();
    if (!ended_) continue;
    tasks_.clear();
    over_ = true;
    joinable_.notify_all();
    return;
  }
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
  runtime_.post([done = std::move(done)] {
    done(
        failure(Errc::unsupported, "a running NATS consumer cannot be moved", "close its members and reset the group"));
  });
}

void Session::closed(const Error& why) {
  push([this, why] { end(why); });
}

}  // namespace ductape::inline v0::nats
