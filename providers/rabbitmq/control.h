// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>

#include "providers/rabbitmq/link.h"

namespace ductape::inline v0::rabbitmq {

/// Single methods that are answered, over a connection that is opened when it is needed: one at a time, as the server
/// closes the channel of one that it refuses. Thread-safe.
class Control final : public std::enable_shared_from_this<Control>, Link::Sink {
 public:
  using Answer = std::function<void(Result<Reply>)>;
  static constexpr std::uint16_t channel = 1;

  Control(net::EventLoop& loop, std::shared_ptr<const Access> access) : loop_(loop), access_(std::move(access)) {}

  /// `frame` is a method on `channel`. `answer` is called once, on the loop's thread.
  void ask(std::string frame, Answer answer);
  /// What was not answered is cancelled. Returns when nothing is being told any more; nothing is told afterwards.
  void close();

 private:
  struct Asked {
    std::string frame;
    Answer answer;
  };

  void go_on();
  void fail_all(const Error& why);
  // Link::Sink
  void ready() override;
  void channel_closed(std::uint16_t, Error) override { open_ = false; }
  void closed(Error why) override { fail_all(why); }
  void came() override { go_on(); }

  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  std::unique_ptr<Link> link_;
  std::deque<Asked> asked_;
  bool open_ = false, busy_ = false, closed_ = false;
};

}  // namespace ductape::inline v0::rabbitmq
