// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/rabbitmq/broadcasts.h"
#include "providers/rabbitmq/hands.h"
#include "providers/rabbitmq/names.h"
#include "providers/rabbitmq/session.h"
#include "providers/rabbitmq/trunk.h"

namespace ductape::inline v0::rabbitmq {

/// A member's reading of its group's queue, over one channel. The prefetch follows the window: it begins with one
/// message, so that one that kills the process raises no other's count, and to change it the consumer is replaced by
/// another on the same channel. Where one member alone reads (single active consumer) that would let the next one in
/// before our messages are done, so there it grows once, between two messages, and stays. A broadcast reads a queue of
/// its own, which it makes and removes.
class QueueConsumer final : public Session, Trunk::User {
 public:
  QueueConsumer(net::EventLoop& loop, std::shared_ptr<Trunk> trunk, std::shared_ptr<Broadcasts> broadcasts,
                driver::Runtime& runtime, Place place, const driver::GroupSpec& group, driver::ConsumeSink& sink);

  void start();
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);

 private:
  using Deadline = driver::Deadline;

  // Reading.
  void begin();
  void reads();
  void adjust();
  void change_prefetch(std::uint16_t to, std::string before = {});
  [[nodiscard]] std::uint16_t wanted_prefetch() const;
  [[nodiscard]] bool has_room() const;
  void hand_out();
  void beat();
  void heard();
  [[nodiscard]] std::string consumer_name() const { return "ductape-" + std::to_string(consumers_); }

  // Outcomes.
  [[nodiscard]] bool stays_here() const;
  void give_back_waiting();
  void send_outcomes(std::string frames, std::vector<driver::Settled> answers);

  // Session
  void leave() override;
  void stop_reading();
  void leave_if_done();
  void part();
  void on_end(Error why) override;
  // Trunk::User
  void ready() override;
  void delivered(Arrived message) override;
  void cancelled() override;
  void channel_closed(Error why) override;
  void came() override;
  void closed(Error why) override {
    channel_ = 0;
    end(std::move(why));
  }

  const std::shared_ptr<Trunk> trunk_;
  const std::shared_ptr<Broadcasts> broadcasts_;
  driver::Runtime& runtime_;
  const Place place_;
  const std::string queue_;
  const bool broadcast_, alone_;
  driver::ConsumeSink& sink_;
  std::uint16_t channel_ = 0;  // 0: none
  net::LoopTimer beat_, giving_back_;
  Deadline told_alive_;

  std::size_t window_ = 0, window_bytes_ = 0;
  std::uint16_t prefetch_ = 0;  // of the consumer there; 0: none
  std::uint64_t consumers_ = 0;
  Hands hands_;
  std::size_t unanswered_ = 0;  // outcomes that are sent and not known to have arrived
  bool reading_ = false, changing_ = false, leaving_ = false, parting_ = false;
};

/// The driver's object, which the session may outlive.
class QueueConsumerHandle final : public driver::Consumer {
 public:
  explicit QueueConsumerHandle(std::shared_ptr<QueueConsumer> session) : session_(std::move(session)) {
    session_->start();
  }
  ~QueueConsumerHandle() override { session_->abandon(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}  // the server's time-out cannot be prolonged
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<QueueConsumer> session_;
};

}  // namespace ductape::inline v0::rabbitmq
