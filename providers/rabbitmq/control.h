// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "providers/rabbitmq/trunk.h"

namespace ductape::inline v0::rabbitmq {

/// Single methods that are answered: many at a time, as a server takes long for some, but each alone on its channel, as
/// the server closes that of one that it refuses. Thread-safe.
class Control : public std::enable_shared_from_this<Control> {
 public:
  using Answer = std::function<void(Result<Reply>)>;
  /// What a method is written for; it goes on a channel that is free.
  static constexpr std::uint16_t channel = 1;

  Control(net::EventLoop& loop, std::shared_ptr<Trunk> trunk) : loop_(loop), trunk_(std::move(trunk)) {}

  /// `frame` is a method on `channel`. `answer` is called once, in a turn of the loop.
  void ask(std::string frame, Answer answer);
  void post(std::function<void()> task) { loop_.post(std::move(task)); }
  /// What was not answered is cancelled. Returns when nothing is being told any more; nothing is told afterwards.
  void close();

 private:
  struct Asked {
    std::string frame;
    Answer answer;
  };

  class Lane final : public Trunk::User {
   public:
    Lane(Control& control, Trunk& trunk) : control_(control), trunk_(trunk) {}
    [[nodiscard]] bool is_free() const { return !asked_; }
    void take(Asked asked);
    void leave();

   private:
    void send();
    void answer(Result<Reply> reply);
    // Trunk::User
    void ready() override;
    void closed(Error why) override;

    Control& control_;
    Trunk& trunk_;
    std::optional<Asked> asked_;
    std::uint16_t mine_ = 0;  // 0: none
    bool open_ = false;
  };

  void go_on();

  net::EventLoop& loop_;
  const std::shared_ptr<Trunk> trunk_;
  std::deque<Asked> waiting_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  bool closed_ = false;
};

}  // namespace ductape::inline v0::rabbitmq
