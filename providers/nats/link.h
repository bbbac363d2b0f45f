// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <thread>

#include <ductape/driver/runtime.hpp>

#include "providers/nats/client.h"
#include "providers/nats/flusher.h"
#include "providers/nats/outbox.h"

namespace ductape::inline v0::nats {

class Link;

/// A subscription to a subject. Its function is called in turns of the link's loop, with what came.
struct Inlet {
  using OnMessages = std::function<void(std::vector<MessagePtr> messages)>;
  std::string subject = {};
  OnMessages on_messages = {};

 private:
  friend class Link;
  SubscriptionPtr native = {};
};

/// Whose request it is, so that it can be taken back, and how much of the server's max_payload must be left by it.
struct RequestMark {
  const void* of = nullptr;
  driver::Tag tag = 0;
  std::size_t reserve = 0;
  bool more = false;  ///< another request follows at once, and goes together with it
};

/// Hears what becomes of the connection, in turns of the link's loop.
class LinkListener {
 public:
  virtual void connected() = 0;
  /// It is tried to connect again.
  virtual void disconnected() = 0;
  /// It will not; what is sent next opens another connection, which has none of the inlets.
  virtual void closed(const Error& why) = 0;

 protected:
  ~LinkListener() = default;
};

/// One connection to the servers, for all sessions of a broker, and requests over it. It is opened by the first that
/// needs it, and opened again when it broke. All that happens to it is a turn of the loop; answers are given in those.
/// Thread-safe; no call blocks but `stop`.
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

  /// Runs it in a turn, soon: at the end of this one if that is the link's. What it sends goes out together.
  void soon(std::function<void()> task);

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
  /// Messages come until `leave`, through reconnects.
  std::shared_ptr<Inlet> listen(std::string subject, Inlet::OnMessages on_messages);
  /// Nothing more comes after `left`, which may be at once.
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
  enum class State : std::uint8_t { idle, connecting, connected, lost };
  struct Pending {
    Answer answer;
    std::shared_ptr<const std::string> subject;
    driver::Deadline deadline;
    Mark mark = {};
    bool sent = false, until_flushed = false;
  };
  using Failed = std::vector<std::pair<Answer, Error>>;

  // On any thread.
  /// 0 if the link stops, which is answered. What is to be sent for it is added to the queue, and then `wake`.
  Token begin_request(Lock& lock, std::string_view subject, driver::Deadline deadline, bool until_flushed,
                      Answer answer, const Mark& mark = {});
  [[nodiscard]] std::string reply_subject(Token token) const { return inbox_ + '.' + std::to_string(token); }
  void wake(bool at_once = false);
  void take_failed(const Error& why, Failed& out);
  void arm_sweep();
  void sweep();
  void arrived(MessagePtr answer);
  [[nodiscard]] std::vector<std::shared_ptr<LinkListener>> listeners();

  // In turns of the loop.
  void turn(const std::function<void()>& task);
  void in_another_turn(std::function<void()> task);
  void in_a_turn(const std::function<void()>& task);
  void go_on();
  void connect();
  void dialled(Result<std::shared_ptr<Client>> made);
  void connected(std::shared_ptr<Client> client);
  void not_connected(Error why);
  void read();
  void write();
  void write(std::vector<std::pair<Token, Error>>& refused);
  void refuse(std::vector<std::pair<Token, Error>> refused);
  void flushed(std::vector<Token> tokens);
  void lose();
  void try_again();
  void end(Error why);
  void let_go_of_client();
  void give_up(Error& why);
  void answered();
  [[nodiscard]] Answer take_answer(Token token);
  void refused(const std::string& words);
  void fail_all(const Error& why);
  void tell(const Failed& failed);
  void subscribe(Inlet& inlet);

  const NatsOptions options_;
  driver::Runtime& runtime_;
  net::EventLoop& loop_;
  const std::string inbox_, servers_;
  const bool waits_in_turns_;

  std::mutex mutex_;
  bool stopping_ = false;
  bool telling_loss_ = false;  // to those who waited; what is published meanwhile must not go before what they do then
  std::atomic<bool> gave_up_ = false, woken_ = false;
  Outbox queue_;
  std::map<Token, Pending> pending_;
  std::shared_ptr<const std::string> last_subject_;
  Token last_token_ = 0;
  std::uint64_t last_inbox_ = 0;
  std::vector<std::weak_ptr<LinkListener>> listeners_;
  driver::Runtime::Timer sweeper_ = 0;
  std::map<std::shared_ptr<Inlet>, driver::Deadline> lingering_;
  std::condition_variable lingered_;
  std::atomic<bool> is_connected_ = false;
  std::vector<MessagePtr> arrivals_;  // answers

  // The turns' own.
  State state_ = State::idle;
  bool in_turn_ = false;
  std::vector<std::function<void()>> soon_;
  std::shared_ptr<Client> client_;
  std::thread dial_;
  net::LoopTimer again_;
  bool was_connected_ = false;
  std::vector<std::string> announced_;  // servers, of the connection that was lost
  std::int64_t tries_ = 0;
  Errc last_failure_ = Errc::ok;
  Outbox writing_;
  std::vector<Token> unflushed_;  // that wait for the server to have them
  std::unique_ptr<Flusher> flusher_;
  std::vector<std::shared_ptr<Inlet>> inlets_;
};

}  // namespace ductape::inline v0::nats
