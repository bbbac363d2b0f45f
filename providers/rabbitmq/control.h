// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>

#include "providers/rabbitmq/trunk.h"

namespace ductape::inline v0::rabbitmq {

/// Single methods that are answered, one at a time, as the server closes the channel of one that it refuses.
/// Thread-safe.
class Control final : public std::enable_shared_from_this<Control>, Trunk::User {
 public:
  using Answer = std::function<void(Result<Reply>)>;
  /// What a method is written for; it goes on the channel that there is then.
  static constexpr std::uint16_t channel = 1;

  Control(net::EventLoop& loop, std::shared_ptr<Trunk> trunk) : loop_(loop), trunk_(std::move(trunk)) {}

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
  // Trunk::User
  void ready() override;
  void channel_closed(Error why) override;
  void closed(Error why) override;

  net::EventLoop& loop_;
  const std::shared_ptr<Trunk> trunk_;
  std::deque<Asked> asked_;
  std::uint16_t mine_ = 0;  // 0: none
  bool open_ = false, busy_ = false, closed_ = false;
};

}  // namespace ductape::inline v0::rabbitmq
