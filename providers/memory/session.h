// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>

#include "providers/memory/server.h"

namespace ductape::inline v0::memory {

/// What publishers and consumers share: requests go to the server in order, and wait while it is frozen; answers come
/// one at a time, on the runtime, never from inside a call.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Server> server, driver::Runtime& runtime);
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] MemberId id() const { return id_; }
  /// Waits until the last call of the sink has returned, which must have been told the end.
  void await_end();

  // With the server's mutex held.
  void open();
  void end(Error why);
  virtual void thaw();
  /// Nothing passes any more, in either direction; only `stop_at` ends it.
  virtual void forget();
  void stop_at(driver::Deadline deadline);

 protected:
  // With the server's mutex held.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool forgotten() const { return forgotten_; }
  void request(std::function<void()> run);
  void tell(std::function<void()> call);
  virtual void on_end(const Error& why) = 0;
  // Without it.
  virtual void tell_ended(Error why) = 0;

  const std::shared_ptr<Server> server_;
  driver::Runtime& runtime_;

 private:
  void push(std::function<void()> task);
  void run_next();
  void process();

  MemberId id_ = 0;
  bool ended_ = false, forgotten_ = false;
  driver::Runtime::Timer stop_timer_ = 0;
  driver::Deadline stop_at_ = driver::Deadline::max();
  std::deque<std::function<void()>> inbox_;

  std::mutex outbox_mutex_;
  std::condition_variable joinable_;
  bool told_ = false, over_ = false;  // the sink is being told the end, has been
  std::deque<std::function<void()>> outbox_;
};

}  // namespace ductape::inline v0::memory
