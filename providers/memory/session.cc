// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/session.h"

#include <cassert>

namespace ductape::inline v0::memory {

Session::Session(std::shared_ptr<Server> server, driver::Runtime& runtime)
    : server_(std::move(server)), runtime_(runtime) {}

void Session::open() {
  id_ = ++server_->last_session;
  server_->sessions.emplace(id_, this);
  if (server_->down) end(is_down());
}

void Session::push(std::function<void()> task) {
  std::lock_guard lock(outbox_mutex_);
  outbox_.push_back(std::move(task));
  if (outbox_.size() == 1) runtime_.post([self = shared_from_this()] { self->run_next(); });
}

// The entry stays in the queue while it runs: so the next one waits for it.
void Session::run_next() {
  std::function<void()> task;
  {
    std::lock_guard lock(outbox_mutex_);
    task = std::move(outbox_.front());
  }
  task();
  std::lock_guard lock(outbox_mutex_);
  outbox_.pop_front();
  if (!outbox_.empty()) runtime_.post([self = shared_from_this()] { self->run_next(); });
}

void Session::tell(std::function<void()> call) {
  if (!ended_ && !forgotten_) push(std::move(call));
}

void Session::request(std::function<void()> run) {
  if (ended_ || forgotten_) return;
  inbox_.push_back(std::move(run));
  if (inbox_.size() == 1 && !server_->frozen) push([this] { process(); });
}

void Session::process() {
  for (;;) {
    std::function<void()> run;
    {
      std::lock_guard lock(server_->mutex);
      if (ended_ || server_->frozen || inbox_.empty()) return;
      run = std::move(inbox_.front());
    }
    run();
    std::lock_guard lock(server_->mutex);
    if (ended_ || forgotten_) return;
    inbox_.pop_front();
  }
}

void Session::thaw() {
  if (!inbox_.empty()) push([this] { process(); });
}

void Session::forget() {
  forgotten_ = true;
  inbox_.clear();
}

void Session::end(Error why) {
  if (ended_) return;
  ended_ = true;
  inbox_.clear();
  if (stop_timer_ != 0) runtime_.cancel(stop_timer_);
  server_->sessions.erase(id_);
  on_end(why);
  push([this, why = std::move(why)] {
    {
      std::lock_guard lock(outbox_mutex_);
      told_ = true;
    }
    tell_ended(why);
    std::lock_guard lock(outbox_mutex_);
    over_ = true;
    joinable_.notify_all();
  });
}

void Session::await_end() {
  std::unique_lock lock(outbox_mutex_);
  assert(told_);
  joinable_.wait(lock, [this] { return over_; });
}

void Session::stop_at(driver::Deadline deadline) {
  if (ended_ || deadline >= stop_at_) return;
  if (stop_timer_ != 0) runtime_.cancel(stop_timer_);
  stop_at_ = deadline;
  stop_timer_ = runtime_.at(deadline, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    std::lock_guard lock(self->server_->mutex);
    self->end({});
  });
}

}  // namespace ductape::inline v0::memory
