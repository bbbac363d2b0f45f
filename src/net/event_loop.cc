// SPDX-License-Identifier: Apache-2.0
#include "src/net/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>

namespace ductape::inline v0::net {

namespace asio = boost::asio;

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread::id thread;
};

EventLoop& EventLoop::shared() {
  // Never destroyed: what is left of it at the end of the process may still run.
  static auto* const loop = new EventLoop;
  return *loop;
}

EventLoop::EventLoop() : state_(new State) {
  std::thread thread([state = state_] { state->context.run(); });
  state_->thread = thread.get_id();
  thread.detach();
}

void EventLoop::post(std::function<void()> task) { asio::post(state_->context, std::move(task)); }

void EventLoop::flush() {
  std::promise<void> done;
  post([&] { done.set_value(); });
  done.get_future().wait();
}

bool EventLoop::is_here() const { return std::this_thread::get_id() == state_->thread; }

asio::io_context& EventLoop::context() { return state_->context; }

struct LoopTimer::State {
  explicit State(asio::io_context& context) : timer(context) {}
  asio::steady_timer timer;
  std::uint64_t set = 0;  // a task that was due before the next was set must not run
};

LoopTimer::LoopTimer(EventLoop& loop) : state_(std::make_shared<State>(loop.context())) {}

LoopTimer::~LoopTimer() { cancel(); }

void LoopTimer::at(EventLoop::Clock::time_point when, std::function<void()> task) {
  state_->timer.expires_at(when);
  state_->timer.async_wait(
      [state = state_, set = ++state_->set, task = std::move(task)](const boost::system::error_code& error) {
        if (!error && state->set == set) task();
      });
}

void LoopTimer::cancel() {
  ++state_->set;
  state_->timer.cancel();
}

}  // namespace ductape::inline v0::net
