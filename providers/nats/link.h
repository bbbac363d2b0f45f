// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <optional>
#include <thread>

#include <ductape/driver/runtime.hpp>

#include "providers/nats/options.h"
#include "providers/nats/outbox.h"
#include "providers/nats/reconnections.h"

namespace ductape::inline v0::nats {

class Link;

/// A subscription to a subject. Its function is called on the library's thread, one message at a time.
struct Inlet {
  std::string subject = {};
  std::function<void(MessagePtr)> on_message = {};

 private:
  friend class Link;
  std::weak_ptr<Link> link = {};
  void* id = nullptr;
  natsSubscription* native = nullptr;
  std::function<void()> on_left = {};
};

/// Whose request it is, so that it can be taken back, and how much of the server's max_payload must be left by it.
struct RequestMark {
  const void* of = nullptr;
  driver::Tag tag = 0;
  std::size_t reserve = 0;
};

/// Hears what becomes of the connection. Called on any thread, with no lock held.
class LinkListener {
 public:
  virtual void connected() = 0;
  /// The library tries to connect again.
  virtual void disconnected() = 0;
  /// It will not; what is sent next opens another connection, which has none of the inlets.
  virtual void closed(const Error& why) = 0;

 protected:
  ~LinkListener() = default;
};

/// One connection to the servers, for all sessions of a broker, and requests over it. It is opened by the first that
/// needs it. What is sent is written by a thread of its own, as the library blocks while a socket is full. Thread-safe;
/// no call blocks but `stop`.
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// The answer; `outcome_unknown` if the request went out and none came, any other error if it did not go out.
  using Answer = std::function<void(Result<MessagePtr>)>;
  static constexpr driver::Millis patience{5'000};
  using Mark = RequestMark;

  Link(NatsOptions options, driver::Runtime& runtime);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Answers exactly once, never from inside the call. `header_lines` are as `add_header_line` writes them.
  void ask(std::string_view subject, std::string_view body, std::string_view header_lines, driver::Deadline deadline,
           Answer answer, const Mark& mark = {});
  /// The same to each subject, in this order; only the last is asked to answer. What has not gone out by the deadline
  /// does not.
  void ask_last(std::span<const std::string_view> subjects, std::string_view body, driver::Deadline deadline,
                Answer answer);
  /// Answers without a message when the server has it, which does not say whether anybody else does.
  void deliver(std::string_view subject, std::string_view body, std::string_view header_lines,
               driver::Deadline deadline, Answer answer, const Mark& mark = {});
  /// Takes back those requests that have not gone out; they are not answered.
  std::vector<driver::Tag> recall(const void* of, std::span<const driver::Tag> tags);
  void send(std::string_view subject, std::string_view reply, std::string_view body);
  /// Messages come until `leave`, through reconnects. To `queue`, if there is one, each goes to one of its members.
  std::shared_ptr<Inlet> listen(std::string subject, std::string queue, std::function<void(MessagePtr)> on_message);
  /// What was sent to it before still comes; then `left`, which may be at once.
  void leave(const std::shared_ptr<Inlet>& inlet, std::function<void()> left);
  /// For what the server may still send: it is listened to until `leave`, or until then. `stop` waits for that.
  void linger(const std::shared_ptr<Inlet>& inlet, driver::Deadline when);
  void add(const std::shared_ptr<LinkListener>& listener);
  void remove(const LinkListener& listener);
  /// A subject that nobody else uses.
  std::string new_inbox();
  /// `maxReconnectAttempts` were made. What is asked next connects anew all the same.
  [[nodiscard]] bool gave_up() const { return gave_up_; }
  /// Answers all with `cancelled`; nothing comes after.
  void stop();

  [[nodiscard]] const NatsOptions& options() const { return options_; }
  [[nodiscard]] driver::Runtime& runtime() const { return runtime_; }
  [[nodiscard]] const std::string& servers() const { return servers_; }

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Token = Outbox::Token;
  enum class State : std::uint8_t { idle, connecting, connected, reconnecting };
  struct Pending {
    Answer answer;
    std::shared_ptr<const std::string> subject;
    driver::Deadline deadline;
    Mark mark = {};
    bool sent = false, until_flushed = false;
  };
  struct Dialling {  // what the thread that connects found, with the link's lock
    std::optional<Result<natsConnection*>> made;
  };
  using Failed = std::vector<std::pair<Answer, Error>>;

  /// 0 if the link stops, which is answered. What is to be sent for it is added to the queue, and then `wake_up`.
  Token begin_request(Lock& lock, std::string_view subject, driver::Deadline deadline, bool until_flushed,
                      Answer answer, const Mark& mark = {});
  [[nodiscard]] std::string reply_subject(Token token) const { return inbox_ + '.' + std::to_string(token); }
  void enqueue(Lock& lock, std::function<void()> task);
  void wake_up(Lock& lock);
  void answer(Lock& lock, Token token, Result<MessagePtr> result);
  void run();
  void connect(Lock& lock);
  std::optional<Result<natsConnection*>> dial_and_wait(Lock& lock);
  void write(Lock& lock);
  void flush(Lock& lock);
  void close(Lock& lock);
  void subscribe(const std::shared_ptr<Inlet>& inlet, const std::string& queue);
  void lingers_no_more(Lock& lock, const std::shared_ptr<Inlet>& inlet);
  void give_up(Error& why);
  void fail_all(Lock& lock, const Error& why);
  void take_failed(bool only_sent, const Error& why, Failed& out);
  void answered(MessagePtr message);
  void refused(const std::string& words);
  void arm_sweep();
  void sweep();
  [[nodiscard]] std::vector<std::shared_ptr<LinkListener>> listeners();

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* id);
  static void on_answer(natsConnection*, natsSubscription*, natsMsg* message, void* id);
  static void on_left(void* id);
  static void on_disconnected(natsConnection* native, void* id);
  static void on_reconnected(natsConnection*, void* id);
  static void on_closed(natsConnection* native, void* id);
  static void on_error(natsConnection* native, natsSubscription*, natsStatus status, void* id);

  const NatsOptions options_;
  driver::Runtime& runtime_;
  const std::string inbox_, servers_;
  void* id_ = nullptr;

  std::mutex mutex_;
  std::condition_variable wake_;
  State state_ = State::idle;
  std::atomic<std::uint64_t> losses_ = 0;  // of connections, told by the library; written with the lock
  bool stopping_ = false;
  bool telling_loss_ = false;  // to those who waited; what is published meanwhile must not go before what they do then
  std::atomic<bool> gave_up_ = false;
  Error closed_;  // the library gave up; set until our thread has seen it
  Outbox queue_;
  std::map<Token, Pending> pending_;
  std::shared_ptr<const std::string> last_subject_;
  Token last_token_ = 0;
  std::uint64_t last_inbox_ = 0;
  std::vector<std::weak_ptr<LinkListener>> listeners_;
  std::vector<std::shared_ptr<Inlet>> inlets_, left_;  // those with a subscription; those that are to be destroyed
  driver::Runtime::Timer sweeper_ = 0;
  std::map<std::shared_ptr<Inlet>, driver::Deadline> lingering_;
  std::condition_variable lingered_;
  std::atomic<std::uint64_t> reconnections_told_ = 0;  // of this connection
  Outbox writing_;                                     // the link's thread's own, as what follows
  Reconnections reconnections_;
  std::vector<Token> unflushed_;  // that wait for the server to have them
  natsConnection* native_ = nullptr;
  natsSubscription* answers_ = nullptr;
  std::thread thread_;
};

}  // namespace ductape::inline v0::nats
