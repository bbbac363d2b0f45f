// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "providers/rabbitmq/access.h"
#include "providers/rabbitmq/envelope.h"
#include "src/net/stream.h"

namespace ductape::inline v0::rabbitmq {

/// A message that came, and with which method.
struct Arrived {
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  std::uint16_t return_code = 0;
  std::string return_text = {};
  std::shared_ptr<Content> content = {};
};

/// What a method was answered with. `decoded` is the library's struct of it; gone when the answer returns.
struct Reply {
  amqp_method_number_t id = 0;
  const void* decoded = nullptr;
  Arrived* message = nullptr;  // of a basic.get
};

/// One connection to the server and its channels, with heartbeats whatever its user does. Used in turns of the
/// loop only.
class Link final : net::StreamSink {
 public:
  using Answer = std::function<void(Result<Reply>)>;

  class Sink {
   public:
    /// Logged in, in the virtual host. No channel is open yet.
    virtual void ready() = 0;
    virtual void delivered(std::uint16_t /*channel*/, Arrived) {}
    virtual void returned(std::uint16_t /*channel*/, Arrived) {}
    virtual void confirmed(std::uint16_t /*channel*/, std::uint64_t /*delivery*/, bool /*all_before*/,
                           bool /*accepted*/) {}
    /// The server ended a consumer: its queue is gone.
    virtual void cancelled(std::uint16_t /*channel*/) {}
    virtual void blocked(const std::string& /*reason*/) {}
    /// The server closed a channel; what was asked on it has that answer.
    virtual void channel_closed(std::uint16_t channel, Error why) = 0;
    /// All that came at once was told.
    virtual void came() {}
    /// Something else than an answer is waited for, which must come soon.
    [[nodiscard]] virtual bool waits() const { return false; }
    /// It is over; what was not answered has no answer. Not called after the link was destroyed.
    virtual void closed(Error why) = 0;

   protected:
    ~Sink() = default;
  };

  /// Begins to connect.
  Link(net::EventLoop& loop, const Access& access, Sink& sink);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Takes frames, and leaves `frames` empty. Only after `ready`.
  void send(std::string& frames);
  /// Takes frames whose last is a method with an answer, on that channel. The server answers different methods in an
  /// order of its own.
  void ask(std::uint16_t channel, std::string& frames, Answer answer);
  /// Nobody wants to know what the methods on that channel are answered with.
  void drop_answers(std::uint16_t channel);

  [[nodiscard]] bool is_ready() const { return ready_; }
  [[nodiscard]] std::uint32_t frame_max() const { return frame_max_; }
  /// "rabbitmq 3.10.8"
  [[nodiscard]] const std::string& server() const { return server_; }
  /// Why the server takes no messages now; empty if it does.
  [[nodiscard]] const std::string& blocked_by() const { return blocked_by_; }

 private:
  struct Awaited {
    amqp_method_number_t reply = 0;
    Answer answer;
  };
  struct Channel {
    std::deque<Awaited> answers;
    std::optional<Arrived> coming;  // whose content is not whole yet
    amqp_method_number_t coming_with = 0;
  };

  // net::StreamSink
  void connected() override;
  void received(std::span<const char> bytes) override;
  void written() override;
  void closed(Error why) override;

  void take(const amqp_frame_t& frame);
  void take_method(std::uint16_t channel, const amqp_method_t& method);
  void take_of_connection(const amqp_method_t& method);
  void start(const amqp_connection_start_t& start);
  void tune(const amqp_connection_tune_t& tune);
  void end_channel(std::uint16_t channel, const amqp_channel_close_t& close);
  void answer(std::uint16_t channel, const Reply& reply);
  void finish_content(std::uint16_t number, Channel& channel);
  void flush();
  void watch();
  [[nodiscard]] bool waits() const;
  void fail(Error why);

  const Access& access_;
  Sink& sink_;
  FrameReader reader_;
  std::optional<net::Stream> stream_;
  net::LoopTimer watch_;
  std::string outgoing_;
  std::map<std::uint16_t, Channel> channels_;
  std::string server_, blocked_by_;
  std::uint32_t frame_max_ = 4'096;
  std::chrono::seconds heartbeat_{0};
  bool connected_ = false, ready_ = false, writing_ = false;
  net::EventLoop::Clock::time_point heard_, sent_, waits_since_ = net::EventLoop::Clock::time_point::max();
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
};

}  // namespace ductape::inline v0::rabbitmq
