// SPDX-License-Identifier: Apache-2.0
#include "src/runtime/threaded_runtime.h"

#include <algorithm>
#include <ductape/driver/errand.hpp>

namespace ductape::inline v0::runtime {

ThreadedRuntime::ThreadedRuntime() : most_workers_(std::max(2u, std::thread::hardware_concurrency())) {}

ThreadedRuntime::~ThreadedRuntime() {
  {
    std::lock_guard lock(timer_mutex_);
    timers_stopping_ = true;
    timer_changed_.notify_all();
  }
  if (timekeeper_.joinable()) timekeeper_.join();
  std::vector<std::thread> workers;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    work_available_.notify_all();
    errands_done_.wait(lock, [this] { return errands_ == 0; });
    workers.swap(workers_);
  }
  for (auto& worker : workers) worker.join();
}

void ThreadedRuntime::post(std::function<void()> task) {
  if (leave_to_poster(task)) return;
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (idle_ >= tasks_.size()) {
    work_available_.notify_one();
  } else if (workers_.size() < most_workers_ && !stopping_) {
    workers_.emplace_back([this] { work(); });
  } else if (idle_ > 0) {
    work_available_.notify_one();
  }
}

bool ThreadedRuntime::leave_to_poster(std::function<void()>& task) {
  auto* const errand = driver::Errand::open();
  if (errand == nullptr) return false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !tasks_.empty() || workers_.size() - idle_ + errands_ >= most_workers_) return false;
    ++errands_;
  }
  errand->leave([this, task = std::move(task)]() mutable {
    task();
    task = nullptr;
    std::lock_guard lock(mutex_);
    if (--errands_ == 0) errands_done_.notify_all();
  });
  return true;
}

void ThreadedRuntime::reserve(std::ptrdiff_t workers) {
  std::lock_guard lock(mutex_);
  most_workers_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(most_workers_) + workers);
}

void ThreadedRuntime::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    work_available_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it captured may take the lock when it goes
    lock.lock();
  }
}

driver::Runtime::Timer ThreadedRuntime::at(driver::Deadline when, std::function<void()> task) {
  std::lock_guard lock(timer_mutex_);
  const Timer timer = ++last_timer_;
  const auto [place, inserted] = timers_.emplace(Due{when, timer}, std::move(task));
  deadlines_.emplace(timer, when);
  if (!timekeeper_.joinable()) {
    timekeeper_ = std::thread([this] { keep_time(); });
  } else if (place == timers_.begin()) {
    timer_changed_.notify_one();
  }
  return timer;
}

void ThreadedRuntime::cancel(Timer timer) {
  std::function<void()> dropped;  // destroyed without the lock
  std::lock_guard lock(timer_mutex_);
  const auto found = deadlines_.find(timer);
  if (found == deadlines_.end()) return;
  const auto entry = timers_.find(Due{found->second, timer});
  dropped = std::move(entry->second);
  timers_.erase(entry);
  deadlines_.erase(found);
}

void ThreadedRuntime::keep_time() {
  std::unique_lock lock(timer_mutex_);
  while (!timers_stopping_) {
    if (timers_.empty()) {
      timer_changed_.wait(lock);
      continue;
    }
    const auto next = timers_.begin();
    if (next->first.when > now()) {
      const auto until = next->first.when;
      timer_changed_.wait_until(lock, until);
      continue;
    }
    auto task = std::move(next->second);
    deadlines_.erase(next->first.timer);
    timers_.erase(next);
    lock.unlock();
    post(std::move(task));
    lock.lock();
  }
}

}  // namespace ductape::inline v0::runtime
