// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <ductape/result.hpp>

namespace ductape::inline v0 {

namespace detail {

/// Where continuations run: the client's workers.
class Executor {
 public:
  virtual void post(std::function<void()> task) = 0;

 protected:
  ~Executor() = default;
};

template <class T>
class FutureState {
 public:
  void set(Result<T> result, Executor& executor) {
    std::function<void(Result<T>)> continuation;
    {
      std::lock_guard lock(mutex_);
      if (continuation_) {
        continuation = std::move(continuation_);
      } else {
        result_.emplace(std::move(result));
        ready_.notify_all();
        return;
      }
    }
    executor.post([run = std::move(continuation), result = std::move(result)]() mutable { run(std::move(result)); });
  }

  bool wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return ready_.wait_until(lock, deadline, [this] { return result_.has_value(); });
  }

  Result<T> take() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return result_.has_value(); });
    return std::move(*result_);
  }

  bool ready() {
    std::lock_guard lock(mutex_);
    return result_.has_value();
  }

  /// Runs `continuation` here and now if the result is already there, else leaves it to set().
  void then(std::function<void(Result<T>)> continuation) {
    {
      std::lock_guard lock(mutex_);
      if (!result_) {
        continuation_ = std::move(continuation);
        return;
      }
    }
    continuation(std::move(*result_));
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::optional<Result<T>> result_;
  std::function<void(Result<T>)> continuation_;
};

}  // namespace detail

/// The result of an asynchronous call, taken once: by `get()`, `then()` or `co_await`. Move-only; one thread uses it at
/// a time. Every future of this library completes: each call has a deadline. Dropping a future cancels nothing.
template <class T>
class [[nodiscard]] Future {
 public:
  explicit Future(std::shared_ptr<detail::FutureState<T>> state) : state_(std::move(state)) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  /// Blocks until the result is there and takes it.
  Result<T> get() { return std::exchange(state_, nullptr)->take(); }

  /// Blocks at most `patience`; then the future stays valid and the answer is `timed_out`.
  Result<T> get_for(std::chrono::milliseconds patience) {
    if (!state_->wait_until(std::chrono::steady_clock::now() + patience))
      return Error{.code = Errc::timed_out,
                   .message = "no result within " + std::to_string(patience.count()) + " ms; the call goes on"};
    return get();
  }

  /// Whether `get()` would return at once.
  [[nodiscard]] bool ready() const { return state_->ready(); }

  /// Calls `continuation(Result<T>)` once: at once on this thread if the result is there, else on one of the client's
  /// workers. It must not block.
  template <class F>
  void then(F&& continuation) && {
    std::exchange(state_, nullptr)->then(std::forward<F>(continuation));
  }

  /// `Result<Receipt> receipt = co_await client.publish(...)`: resumes on one of the client's workers.
  auto operator co_await() && {
    struct Awaiter {
      std::shared_ptr<detail::FutureState<T>> state;
      std::optional<Result<T>> result;
      bool await_ready() { return state->ready(); }
      void await_suspend(std::coroutine_handle<> handle) {
        state->then([this, handle](Result<T> value) {
          result.emplace(std::move(value));
          handle.resume();
        });
      }
      Result<T> await_resume() { return result ? std::move(*result) : state->take(); }
    };
    return Awaiter{std::move(state_), std::nullopt};
  }

 private:
  std::shared_ptr<detail::FutureState<T>> state_;
};

}  // namespace ductape::inline v0
