// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/rabbitmq/broadcasts.h"
#include "providers/rabbitmq/hands.h"
#include "providers/rabbitmq/names.h"
#include "providers/rabbitmq/trunk.h"
#include "src/net/session.h"

namespace ductape::inline v0::rabbitmq {

/// A member's reading of its group's queue, over one channel. It begins with a prefetch of one, so that a message that
/// kills the process raises no other's count. A prefetch cannot be changed, so more comes with further consumers on the
/// channel; only to read much less are they cancelled, as what is on its way to a cancelled one counts as handed out.
/// Where one member alone reads (single active consumer) two stand in line from the beginning, one for a single message
/// and one for many: the first leaves when it had a message that killed nobody. A broadcast reads a queue of its own,
/// which it makes and removes.
class QueueConsumer final : public net::Session, Trunk::User {
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
  void gather();
  void gathered();
  [[nodiscard]] bool all_here() const;
  void add_consumer(std::uint16_t prefetch);
  void cancel_consumers(std::size_t first, std::size_t count);
  void stand_in_line();
  void let_many_in();
  void changed();
  [[nodiscard]] std::uint16_t wanted_prefetch() const;
  [[nodiscard]] bool has_room() const;
  void hand_out();
  void beat();
  void heard();

  // Outcomes.
  [[nodiscard]] bool stays_here() const;
  void send_put_off();
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
  net::LoopTimer beat_, giving_back_, gathered_;
  Deadline told_alive_, gather_not_before_;

  std::size_t window_ = 0, window_bytes_ = 0;
  struct ServerConsumer {
    std::string name;
    std::uint16_t prefetch = 0;
  };
  std::vector<ServerConsumer> consumers_;
  std::uint64_t last_consumer_ = 0;
  std::size_t capacity_ = 0;  // of all consumers
  Hands hands_;
  bool gathering_ = false;
  std::vector<driver::Settle> put_off_;  // while it gathers
  std::size_t unanswered_ = 0;           // outcomes that are sent and not known to have arrived
  std::size_t changing_ = 0;             // consumers that the server has not begun or ended yet
  bool reading_ = false, leaving_ = false, parting_ = false;
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
