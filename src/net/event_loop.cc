// SPDX-License-Identifier: Apache-2.0
#include "src/net/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <ductape/driver/errand.hpp>
#include <future>
#include <mutex>
#include <thread>

namespace ductape::inline v0::net {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::microseconds short_errand(100);
constexpr std::chrono::milliseconds too_long(1), watched_for(100);

thread_local const EventLoop* in_turn = nullptr;

}  // namespace

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::mutex turn;

  std::mutex mutex;
  std::condition_variable place_opened;
  bool is_led = false;
  bool is_open = true;  // whoever stands by shall lead at once
  bool errands_are_short = true;
  Clock::time_point errand_began{};
  std::size_t standing_by = 0, watching = 0;

  void start_thread() {
    std::thread([this] { stand_by(); }).detach();
  }

  // To wake another for each errand takes longer than most of them. So while there are some, one looks by itself now
  // and then whether the place is empty for too long.
  void stand_by() {
    for (std::unique_lock lock(mutex);;) {
      ++standing_by;
      while (is_led || !(is_open || Clock::now() - errand_began >= too_long)) {
        if (Clock::now() - errand_began >= watched_for) {
          place_opened.wait(lock);
        } else {
          ++watching;
          place_opened.wait_for(lock, too_long);
          --watching;
        }
      }
      --standing_by;
      is_led = true;
      is_open = false;
      lead(lock);
    }
  }

  // Waits for the sockets until another does so.
  void lead(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      lock.unlock();
      auto errand = next_errand();
      lock.lock();
      is_led = false;
      errand_began = Clock::now();
      is_open = standing_by == 0 || watching == 0 || !errands_are_short;
      if (standing_by == 0)
        start_thread();
      else if (is_open)
        place_opened.notify_one();
      lock.unlock();
      errand();
      errand = nullptr;
      lock.lock();
      errands_are_short = Clock::now() - errand_began < short_errand;
      if (is_led) return;
      is_led = true;
      is_open = false;
    }
  }

  std::function<void()> next_errand() {
    for (;;) {
      driver::Errand errand;
      context.run_one();
      if (auto task = errand.take()) return task;
    }
  }
};

EventLoop& EventLoop::shared() {
  // Never destroyed: what is left of it at the end of the process may still run.
  static auto* const loop = new EventLoop;
  return *loop;
}

EventLoop& EventLoop::patient() {
  static auto* const loop = new EventLoop;
  return *loop;
}

EventLoop::EventLoop() : state_(new State) { state_->start_thread(); }

EventLoop::Turn::Turn(EventLoop& loop) : loop_(loop), outer_(here()) {
  loop.state_->turn.lock();
  in_turn = &loop;
}

EventLoop::Turn::~Turn() { loop_.end_turn(outer_); }

bool EventLoop::try_begin_turn() {
  if (!state_->turn.try_lock()) return false;
  in_turn = this;
  return true;
}

const EventLoop* EventLoop::here() { return in_turn; }

void EventLoop::end_turn(const EventLoop* outer) {
  in_turn = outer;
  state_->turn.unlock();
}

void EventLoop::post(std::function<void()> task) {
  asio::post(state_->context, [this, task = std::move(task)] {
    const Turn turn(*this);
    task();
  });
}

void EventLoop::flush() {
  std::promise<void> done;
  post([&] { done.set_value(); });
  done.get_future().wait();
}

bool EventLoop::is_here() const { return in_turn == this; }

asio::io_context& EventLoop::context() { return state_->context; }

struct LoopTimer::State {
  explicit State(EventLoop& of) : loop(of), timer(of.context()) {}
  EventLoop& loop;
  asio::steady_timer timer;
  std::uint64_t set = 0;  // a task that was due before the next was set must not run
};

LoopTimer::LoopTimer(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

LoopTimer::~LoopTimer() { cancel(); }

void LoopTimer::at(EventLoop::Clock::time_point when, std::function<void()> task) {
  state_->timer.expires_at(when);
  state_->timer.async_wait(
      [state = state_, set = ++state_->set, task = std::move(task)](const boost::system::error_code& error) {
        const EventLoop::Turn turn(state->loop);
        if (!error && state->set == set) task();
      });
}

void LoopTimer::cancel() {
  ++state_->set;
  state_->timer.cancel();
}

}  // namespace ductape::inline v0::net
