// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include <ductape/driver/types.hpp>
#include <ductape/secret.hpp>

#include "providers/redis/command.h"
#include "providers/redis/reply_reader.h"
#include "src/net/stream.h"

namespace ductape::inline v0::redis {

/// How to reach the server and log in.
struct Access {
  net::Endpoint endpoint;
  std::string username;
  Secret password;
  std::int64_t db = 0;
  std::string client_name;
  driver::Millis patience{5'000};  ///< after which a server that does not answer is given up
};

/// One connection to the server: commands go out in order, replies come back in the same. Used in turns of the
/// loop only.
class Link final : net::StreamSink {
 public:
  class Sink {
   public:
    /// Logged in.
    virtual void ready() = 0;
    virtual void replied(std::span<const Reply> replies) = 0;
    /// It is over; what was not replied to has no reply. Not called after the link was destroyed.
    virtual void closed(Error why) = 0;

   protected:
    ~Sink() = default;
  };

  /// Begins to connect.
  Link(net::EventLoop& loop, const Access& access, Sink& sink);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Takes commands as `Command::write_to` writes them, and leaves `bytes` empty. Before `ready` they wait.
  void send(std::string& bytes, std::size_t commands);
  [[nodiscard]] bool is_ready() const { return ready_; }

 private:
  // net::StreamSink
  void connected() override;
  void received(std::span<const char> bytes) override;
  void written() override;
  void closed(Error why) override;

  void log_in(std::span<const Reply> replies);
  void flush();
  void watch();
  void fail(Error why);

  const Access& access_;
  Sink& sink_;
  ReplyReader reader_;
  std::optional<net::Stream> stream_;
  net::LoopTimer watch_;
  std::string outgoing_;
  std::size_t unanswered_ = 0, log_in_left_ = 0;
  bool connected_ = false, ready_ = false, writing_ = false;
  net::EventLoop::Clock::time_point heard_;
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
};

/// A link whose every command has its own answer.
class Dialogue final : Link::Sink {
 public:
  using Answer = std::function<void(const Reply&)>;

  /// `closed` ends it; then no answer comes any more.
  Dialogue(net::EventLoop& loop, const Access& access, std::function<void()> ready, std::function<void(Error)> closed)
      : ready_(std::move(ready)), closed_(std::move(closed)), link_(loop, access, *this) {}
  ~Dialogue() { *here_ = false; }

  void ask(const Command& command, Answer answer);
  /// A command as it was written out, which is taken.
  void ask_written(std::string& bytes, Answer answer);
  [[nodiscard]] bool is_ready() const { return link_.is_ready(); }
  [[nodiscard]] bool is_idle() const { return answers_.empty(); }

 private:
  void ready() override { ready_(); }
  void replied(std::span<const Reply> replies) override;
  void closed(Error why) override { closed_(std::move(why)); }

  const std::function<void()> ready_;
  const std::function<void(Error)> closed_;
  std::deque<Answer> answers_;
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
  Link link_;
};

}  // namespace ductape::inline v0::redis
