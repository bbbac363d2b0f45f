// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include "providers/nats/link.h"

namespace ductape::inline v0::nats {

/// What publishers and consumers share: all that happens to a session, calls, answers and timers, is a task in a turn
/// of its link. The tasks alone touch its state and its sink; hence no lock is held while the sink is told, and never
/// from inside the call.
class Session : public LinkListener, public std::enable_shared_from_this<Session> {
 public:
  explicit Session(std::shared_ptr<Link> link) : link_(std::move(link)), runtime_(link_->runtime()) {}
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Thread-safe. After the end nothing runs any more.
  void push(std::function<void()> task);
  void stop(driver::Deadline deadline);
  /// The durable consumer keeps its place: `reset` moves it.
  void refuse_seek(driver::Done<void> done);
  /// Waits until the last call of the sink has returned, which must have been told the end.
  void await_end();

  // LinkListener
  void connected() override {}
  void disconnected() override {}
  void closed(const Error& why) override;

 protected:
  // In a task.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  void end(Error why);
  /// Runs a task then.
  void at(driver::Deadline when, std::function<void()> task);
  /// The first call of `stop`.
  virtual void begin_stop() = 0;
  /// Before the sink is told: no task comes after.
  virtual void on_end(const Error& why) = 0;
  virtual void tell_ended(Error why) = 0;

  /// For answers: a task that does not keep the session alive.
  template <class... Values, class Function>
  [[nodiscard]] auto later(Function function) {
    return [weak = weak_from_this(), function = std::move(function)](Values... values) {
      const auto self = weak.lock();
      if (!self) return;
      auto given = std::make_shared<std::tuple<Values...>>(std::move(values)...);
      self->push([function, given] { std::apply(function, std::move(*given)); });
    };
  }

  const std::shared_ptr<Link> link_;
  driver::Runtime& runtime_;

 private:
  bool ended_ = false, stopping_ = false;
  driver::Deadline stop_at_ = driver::Deadline::max();

  std::mutex mutex_;
  std::condition_variable joinable_;
  bool over_ = false;
};

}  // namespace ductape::inline v0::nats
