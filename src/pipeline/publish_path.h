// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "src/pipeline/outgoing.h"
#include "src/policy/publish_gate.h"
#include "src/policy/reconnect.h"

namespace ductape::inline v0::pipeline {

/// One message to publish. What the caller gave is taken from where it lies: a move a layer is dear at this rate.
struct Submission {
  const Route* route = nullptr;
  std::string& message;
  PublishOptions& options;
  Waiter waiter;
  driver::Deadline now;  // when the call began
};

struct PublishLimits {
  std::size_t messages = 8192;
  std::size_t bytes = 64 << 20;
};

/// The publish path of one connection: bounds what is under way, hands records to the driver in call order, sends again
/// what failed or got lost under the same id, and answers each waiter exactly once, at its deadline at the latest.
/// Thread-safe. Lives in a shared_ptr.
class PublishPath final : public driver::PublishSink, public std::enable_shared_from_this<PublishPath> {
 public:
  /// The present route of an event, after another look at the registry; null if there is none.
  using Renew = std::function<const Route*(const Route&)>;

  PublishPath(driver::Connection& connection, driver::Runtime& runtime, detail::Executor& executor,
              std::string provider, PublishLimits limits, Renew renew = {});
  ~PublishPath();

  /// Takes the submissions in order; each waiter is answered, here or later. Blocks only where `on_full` says so.
  void publish(std::span<Submission> submissions);

  /// If nothing is under way: takes no more and lets the session end, without waiting for that.
  bool retire();
  /// Takes no more, waits for what is under way until the deadline, ends the session. True if nothing was left.
  bool close(driver::Deadline deadline);

  // driver::PublishSink
  void sent(std::span<const driver::Sent> outcomes) override;
  void writable() override;
  void ended(Error why) override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  bool wait_for_room(Lock& lock, std::size_t bytes, PublishOptions::OnFull on_full, driver::Deadline deadline,
                     Answers& answers, Error& why);
  Outgoing& take_slot();
  void free_slot(Outgoing& out);
  void enqueue(Outgoing& out);
  bool submit_at_once(Outgoing& out);
  static void submitted(Outgoing& out);
  void pump(Answers& answers);
  void fail_overtaken(Answers& answers);
  bool held_back(const Outgoing& out) const;
  void attempt_failed(Outgoing& out, Error error, Answers& answers);
  bool is_to_be_renewed(const Outgoing& out, const Error& error) const;
  void renew_refused();
  static void answer(Outgoing& out, Result<Receipt> result, Answers& answers);
  void finish(Outgoing& out);
  void answer_all(Lock& lock, Answers answers);
  Error describe(const Outgoing& out, Errc code, Error cause) const;

  void arm(driver::Deadline when);
  void tick();
  void recall_late(driver::Deadline now);

  driver::Connection& connection_;
  driver::Runtime& runtime_;
  detail::Executor& executor_;
  const std::string provider_;
  const Renew renew_;

  std::mutex mutex_;
  std::condition_variable changed_;
  policy::PublishGate gate_;
  policy::PublishOrder order_;
  policy::Reconnect reconnect_;
  std::deque<Outgoing> slab_;
  std::vector<Outgoing*> free_;
  std::deque<Outgoing*> queue_;          // by sequence
  std::vector<Outgoing*> waiting_;       // for their resend
  std::vector<driver::Tag> refused_;     // in that state
  std::vector<driver::Record> records_;  // of one submit
  std::vector<Outgoing*> chosen_;
  std::unique_ptr<driver::Publisher> session_;
  driver::Deadline reopen_at_{};
  driver::Deadline timer_at_ = driver::Deadline::max();
  driver::Runtime::Timer timer_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::size_t room_waiters_ = 0;
  std::size_t answering_ = 0;  // answers that a timer or a task of ours hands over
  Error last_failure_;
  bool writable_ = true;
  bool session_ended_ = false;  // the session reported its end and waits to be replaced
  bool closing_ = false;
  bool resends_ = false;  // something waits, or is queued, to be sent again
  bool stopped_ = false;  // no further session
};

}  // namespace ductape::inline v0::pipeline
