// SPDX-License-Identifier: Apache-2.0
#include "providers/memory/virtual_runtime.h"

#include <cassert>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>

namespace ductape::inline v0::memory {
namespace {

// Not the epoch, so that "a while ago" is no negative time.
constexpr driver::Deadline start{std::chrono::hours(1000)};
constexpr driver::WallTime wall_start{std::chrono::seconds(1'767'225'600)};

}  // namespace

struct VirtualRuntime::State {
  using Task = std::function<void()>;
  // The second part keeps timers of the same time in the order in which they were set.
  using Due = std::pair<driver::Deadline, Timer>;

  mutable std::mutex mutex;
  std::condition_variable work, idle;
  std::mutex advancing;
  std::deque<Task> tasks;
  std::map<Due, Task> timers;
  std::map<Timer, driver::Deadline> times;
  driver::Deadline now = start;
  Timer last = 0;
  bool running = false, stopping = false;

  [[nodiscard]] bool timer_due() const { return !timers.empty() && timers.begin()->first.first <= now; }
  [[nodiscard]] bool at_rest() const { return stopping || (tasks.empty() && !running && !timer_due()); }

  void queue_due_timers() {
    while (timer_due()) {
      auto first = timers.begin();
      times.erase(first->first.second);
      tasks.push_back(std::move(first->second));
      timers.erase(first);
    }
  }
};

VirtualRuntime::VirtualRuntime() : state_(std::make_shared<State>()), thread_([state = state_] { run(state); }) {}

VirtualRuntime::~VirtualRuntime() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->work.notify_all();
    state_->idle.notify_all();
  }
  // The last owner may be a task: it cannot wait for its own thread.
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

void VirtualRuntime::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->work.wait(lock, [&] { return state->stopping || !state->tasks.empty() || state->timer_due(); });
    if (state->stopping) break;
    state->queue_due_timers();
    State::Task task = std::move(state->tasks.front());
    state->tasks.pop_front();
    state->running = true;
    lock.unlock();
    task();
    task = nullptr;  // what it held is destroyed as part of the task
    lock.lock();
    state->running = false;
    if (state->at_rest()) state->idle.notify_all();
  }
  auto tasks = std::move(state->tasks);
  auto timers = std::move(state->timers);
  lock.unlock();
}

driver::Deadline VirtualRuntime::now() const {
  std::lock_guard lock(state_->mutex);
  return state_->now;
}

driver::WallTime VirtualRuntime::wall() const {
  return wall_start + std::chrono::duration_cast<driver::WallTime::duration>(now() - start);
}

driver::Millis VirtualRuntime::elapsed() const { return std::chrono::duration_cast<driver::Millis>(now() - start); }

void VirtualRuntime::post(std::function<void()> task) {
  std::lock_guard lock(state_->mutex);
  if (state_->stopping) return;
  state_->tasks.push_back(std::move(task));
  state_->work.notify_one();
}

driver::Runtime::Timer VirtualRuntime::at(driver::Deadline when, std::function<void()> task) {
  std::lock_guard lock(state_->mutex);
  if (state_->stopping) return 0;
  const Timer timer = ++state_->last;
  state_->timers.emplace(State::Due{when, timer}, std::move(task));
  state_->times.emplace(timer, when);
  if (when <= state_->now) state_->work.notify_one();
  return timer;
}

void VirtualRuntime::cancel(Timer timer) {
  std::function<void()> task;  // destroyed after the lock is released
  std::lock_guard lock(state_->mutex);
  const auto found = state_->times.find(timer);
  if (found == state_->times.end()) return;
  const auto entry = state_->timers.find(State::Due{found->second, timer});
  task = std::move(entry->second);
  state_->timers.erase(entry);
  state_->times.erase(found);
}

void VirtualRuntime::run_until_idle() {
  assert(thread_.get_id() != std::this_thread::get_id());
  std::unique_lock lock(state_->mutex);
  state_->idle.wait(lock, [&] { return state_->at_rest(); });
}

void VirtualRuntime::advance(driver::Millis by) {
  assert(thread_.get_id() != std::this_thread::get_id());
  std::lock_guard one_at_a_time(state_->advancing);
  std::unique_lock lock(state_->mutex);
  const auto target = state_->now + by;
  for (;;) {
    state_->idle.wait(lock, [&] { return state_->at_rest(); });
    if (state_->stopping) return;
    if (state_->timers.empty() || state_->timers.begin()->first.first > target) break;
    state_->now = state_->timers.begin()->first.first;
    state_->work.notify_one();
  }
  state_->now = target;
}

}  // namespace ductape::inline v0::memory
