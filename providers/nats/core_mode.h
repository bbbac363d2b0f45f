// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <ductape/driver/capabilities.hpp>
#include <ductape/driver/consumer.hpp>

#include "providers/nats/arrived.h"
#include "providers/nats/names.h"
#include "providers/nats/session.h"

/// `mode: core`: subjects without streams. Who subscribes gets what is published meanwhile; the server keeps nothing.
namespace ductape::inline v0::nats {

/// Reads a subject for one broadcast subscription. There is nobody to give a message back to: what is to be tried again
/// waits here, and an ack only makes room.
class CoreSubscription final : public Session {
 public:
  /// What may wait for room; beyond it the newest is dropped, and told as a gap.
  static constexpr std::size_t most_waiting = 65'536;

  CoreSubscription(std::shared_ptr<Link> link, Place place, driver::ConsumeSink& sink)
      : Session(std::move(link)), place_(std::move(place)), sink_(sink) {}

  void start();
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);

 private:
  struct Waiting {
    std::shared_ptr<const Arrived> message;
    std::uint32_t failures = 0;
    driver::WallTime first_failure = {};
  };

  void arrived(std::vector<MessagePtr> messages);
  void take_arrivals();
  void hand_out();
  [[nodiscard]] driver::Delivered delivered(driver::Tag tag, const Waiting& waiting) const;
  void tick();
  void begin_stop() override;
  void on_end(const Error&) override;
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const Place place_;
  driver::ConsumeSink& sink_;
  std::shared_ptr<Inlet> messages_;

  std::vector<MessagePtr> arrivals_;
  std::deque<Waiting> waiting_;
  std::map<driver::Tag, Waiting> held_;
  std::size_t credit_ = 0, credit_bytes_ = 0, held_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  driver::Tag last_tag_ = 0;
};

/// A round trip to the server, which needs nobody to listen.
void ping(Link& link, driver::Deadline deadline, driver::Done<void> done);

/// Of driver::Connection.
void probe_core(std::shared_ptr<Link> link, driver::Deadline deadline, driver::Done<driver::Probe> done);

}  // namespace ductape::inline v0::nats
