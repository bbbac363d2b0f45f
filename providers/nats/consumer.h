// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>

#include "providers/nats/api.h"
#include "providers/nats/attempts.h"
#include "providers/nats/hands.h"
#include "providers/nats/names.h"
#include "providers/nats/owner_lease.h"
#include "providers/nats/session.h"

namespace ductape::inline v0::nats {

/// Reads for a group from its durable pull consumer.
class ConsumerSession final : public Session {
 public:
  struct Setup {
    Place place;
    bool broadcast = false;
    driver::Millis lease{0};
    std::shared_ptr<Attempts> attempts = {};
    std::shared_ptr<OwnerLease> owner = {};  ///< null: all members read
  };

  ConsumerSession(std::shared_ptr<Link> link, Setup setup, driver::ConsumeSink& sink)
      : Session(std::move(link)), setup_(std::move(setup)), sink_(sink) {}

  void start();
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);
  void extend(std::span<const driver::Tag> tags, driver::Millis lease);

 private:
  /// A request for messages that the server has not answered to the end.
  struct Pull {
    std::uint64_t number = 0;
    std::size_t left = 0;
    driver::Deadline sent = {};
  };
  struct Answered {
    driver::Tag tag = 0;
    Error error = {};
  };

  // Getting ready and staying so.
  void join();
  void checked(Result<Json> info);
  void set_lease(const Json& info);
  void ready();
  void check();
  void check_gap(std::uint64_t floor);
  void compare_gap(const Json& stream, std::uint64_t floor);
  void tick();
  void heard();
  void connected() override;
  void disconnected() override;

  // Fetching.
  [[nodiscard]] bool may_hand_out() const;
  void fetch();
  void arrived(MessagePtr message);
  void take_arrivals();
  void take_status(natsMsg& message);
  void take_message(MessagePtr message, std::vector<driver::Delivered>& out);
  void return_at_once(const std::string& ack_subject);
  void lose(std::vector<driver::Tag> tags, const std::string& why);

  // Outcomes.
  void settle_one(const driver::Settle& outcome, std::vector<driver::Settled>& lost);
  void answered(driver::Tag tag, Error error);
  void tell_settled();
  [[nodiscard]] Error gone() const;
  void prolong(driver::Tag tag);

  // Leaving.
  void begin_stop() override;
  void left_one();
  void leave_if_done();
  void on_end(const Error& why) override;
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const Setup setup_;
  driver::ConsumeSink& sink_;
  std::string inbox_;
  std::shared_ptr<Inlet> messages_, presence_;

  std::mutex mutex_;  // of what other threads add to
  std::vector<MessagePtr> arrivals_;
  std::vector<Answered> answers_;

  bool ready_ = false, connected_ = true, checking_ = false, released_ = false;
  int inlets_ = 0;
  std::size_t credit_messages_ = 0, credit_bytes_ = 0;
  Hands hands_;
  std::optional<Pull> pull_;
  std::uint64_t last_pull_ = 0;
  bool alone_ = false;  // the next message is larger than the room for bodies
  driver::Deadline heard_ = {}, checked_gap_ = {};
  std::uint64_t told_gap_ = 0;  // up to this sequence
};

}  // namespace ductape::inline v0::nats
