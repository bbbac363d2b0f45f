// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/rabbitmq/hands.h"
#include "providers/rabbitmq/in_hand.h"
#include "providers/rabbitmq/trunk.h"
#include "src/net/session.h"

namespace ductape::inline v0::rabbitmq {

/// Takes a group's dead letters in hand, oldest first, and reads on while it keeps them.
class DeadLetterConsumer final : public net::Session, Trunk::User {
 public:
  DeadLetterConsumer(net::EventLoop& loop, std::shared_ptr<Trunk> trunk, std::shared_ptr<InHand> in_hand,
                     driver::Runtime& runtime, std::string queue, driver::ConsumeSink& sink)
      : net::Session(loop),
        trunk_(std::move(trunk)),
        in_hand_(std::move(in_hand)),
        runtime_(runtime),
        queue_(std::move(queue)),
        sink_(sink),
        again_(loop),
        looking_(loop) {}

  void start();
  void credit(std::size_t messages);
  void settle(std::span<const driver::Settle> outcomes);

 private:
  /// Messages on their way back to the queue.
  struct Return {
    std::set<std::uint64_t> left = {};
    std::vector<driver::Settled> answers = {};
    std::size_t given = 0;
    int looks = 0;
  };

  void look_again();
  void fetch();
  void got(const Result<Reply>& reply);
  void answered(std::span<const driver::Settled> answers);
  void give_back(const std::set<std::uint64_t>& deliveries, std::vector<driver::Settled> answers);
  void give_back_some(const std::shared_ptr<Return>& giving);
  void await_return(const std::shared_ptr<Return>& giving);
  void give_back_waiting();
  void part();
  void count();

  // Session
  void leave() override;
  void on_end(Error why) override;
  // Trunk::User
  void ready() override;
  void closed(Error why) override {
    channel_ = 0;
    end(std::move(why));
  }

  const std::shared_ptr<Trunk> trunk_;
  const std::shared_ptr<InHand> in_hand_;
  driver::Runtime& runtime_;
  const std::string queue_;
  driver::ConsumeSink& sink_;
  std::uint16_t channel_ = 0;  // 0: none
  net::LoopTimer again_, looking_;
  Hands hands_;
  std::size_t at_once_ = 1;  // gets that are asked together: more while messages come
  std::size_t window_ = 0, unanswered_ = 0, asked_ = 0, returning_ = 0;
  std::int64_t counted_ = 0;
  bool reading_ = false, leaving_ = false, parting_ = false;
};

/// The driver's object, which the session may outlive.
class DeadLetterConsumerHandle final : public driver::Consumer {
 public:
  explicit DeadLetterConsumerHandle(std::shared_ptr<DeadLetterConsumer> session) : session_(std::move(session)) {
    session_->start();
  }
  ~DeadLetterConsumerHandle() override { session_->abandon(); }
  void credit(std::size_t messages, std::size_t) override { session_->credit(messages); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<DeadLetterConsumer> session_;
};

}  // namespace ductape::inline v0::rabbitmq
