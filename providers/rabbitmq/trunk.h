// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>

#include "providers/rabbitmq/link.h"

namespace ductape::inline v0::rabbitmq {

/// A connection that many share, each with a channel of its own. It is opened for the first that joins, and again after
/// it ended. Used in turns of the loop only.
class Trunk final : public std::enable_shared_from_this<Trunk>, Link::Sink {
 public:
  class User {
   public:
    /// The channel is open.
    virtual void ready() = 0;
    virtual void delivered(Arrived) {}
    virtual void returned(Arrived) {}
    virtual void confirmed(std::uint64_t /*delivery*/, bool /*all_before*/, bool /*accepted*/) {}
    /// The server ended the consumer: its queue is gone.
    virtual void cancelled() {}
    /// All that came at once was told.
    virtual void came() {}
    /// Something else than an answer is waited for, which must come soon.
    [[nodiscard]] virtual bool waits() const { return false; }
    /// The server closed the channel; what was asked on it has that answer. The user has left.
    virtual void channel_closed(Error why) { closed(std::move(why)); }
    /// The connection is over; what was not answered has no answer. The user has left.
    virtual void closed(Error why) = 0;

   protected:
    ~User() = default;
  };

  Trunk(net::EventLoop& loop, std::shared_ptr<const Access> access) : loop_(loop), access_(std::move(access)) {}

  /// The number of its channel. What happens is told later.
  std::uint16_t join(User& user);
  /// Its channel is closed, and nothing is told to it any more. `done`, if any, when the server has closed it too.
  void leave(std::uint16_t channel, std::function<void()> done = {});
  /// The connection is closed. Nobody is told.
  void shut();

  void send(std::string& frames) { link_->send(frames); }
  void ask(std::uint16_t channel, std::string& frames, Link::Answer answer) {
    link_->ask(channel, frames, std::move(answer));
  }
  /// Without TLS. Thread-safe.
  [[nodiscard]] bool is_plain() const { return access_->endpoint.tls == nullptr; }
  [[nodiscard]] std::uint32_t frame_max() const { return link_->frame_max(); }

 private:
  struct Member {
    User* user = nullptr;  // null: it left, and its channel is being closed
    bool open = false;
    std::function<void()> left = {};
  };

  void open(std::uint16_t channel);
  [[nodiscard]] User* user_of(std::uint16_t channel) const;
  // Link::Sink
  void ready() override;
  void delivered(std::uint16_t channel, Arrived message) override;
  void returned(std::uint16_t channel, Arrived message) override;
  void confirmed(std::uint16_t channel, std::uint64_t delivery, bool all_before, bool accepted) override;
  void cancelled(std::uint16_t channel) override;
  void channel_closed(std::uint16_t channel, Error why) override;
  void came() override;
  [[nodiscard]] bool waits() const override;
  void closed(Error why) override;

  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  std::unique_ptr<Link> link_;
  std::map<std::uint16_t, Member> members_;
};

}  // namespace ductape::inline v0::rabbitmq
