// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>

#include "providers/nats/api.h"
#include "providers/nats/arrived.h"
#include "providers/nats/attempts.h"
#include "providers/nats/hands.h"
#include "providers/nats/names.h"
#include "providers/nats/owner_lease.h"
#include "providers/nats/session.h"

namespace ductape::inline v0::nats {

/// Reads for a group from its durable pull consumer.
class ConsumerSession final : public Session {
 public:
  /// The server ends a request for messages by then. A session that leaves hears of it until then, too.
  static constexpr driver::Millis pull_expires{700};

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
  using ArrivedPtr = std::shared_ptr<const Arrived>;
  struct Kept {
    ArrivedPtr message;
    driver::Deadline lease = {};
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
  [[nodiscard]] bool something_missing(const Json& info);
  void check_gap(std::uint64_t floor);
  void compare_gap(const Json& stream, std::uint64_t floor);
  void tick();
  void heard();
  void connected() override;
  void disconnected() override;

  // Fetching.
  [[nodiscard]] bool may_hand_out() const;
  void fetch();
  void ask(std::size_t messages, Json request);
  void arrived(std::vector<MessagePtr> messages);
  void return_late(natsMsg& message);
  [[nodiscard]] bool ends_pull(natsMsg& status) const;
  void take_arrivals();
  void take_status(natsMsg& message);
  void nobody_listens();
  void take_message(MessagePtr message, std::vector<driver::Delivered>& out);
  void hand_out(ArrivedPtr message, driver::Deadline lease, std::vector<driver::Delivered>& out);
  void hand_out_kept();
  void return_kept();
  [[nodiscard]] std::string give_back_after(driver::Clock::duration delay) const;
  void return_soon(std::string_view ack_subject);
  void lose(std::vector<driver::Tag> tags, const std::string& why);

  // Outcomes.
  void settle_one(const driver::Settle& outcome, std::vector<driver::Settled>& settled,
                  std::vector<driver::Tag>& acked);
  void ack(std::vector<driver::Tag> tags);
  void give_back(const Hands::Hand& hand, const driver::Settle& outcome);
  void answered(std::span<const driver::Tag> tags, const Result<MessagePtr>& answer);
  void answered(driver::Tag tag, Error error);
  void tell_settled();
  [[nodiscard]] Error gone() const;
  void prolong(driver::Tag tag);

  // Leaving.
  void begin_stop() override;
  void leave_if_done();
  void on_end(const Error& why) override;
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const Setup setup_;
  driver::ConsumeSink& sink_;
  std::string inbox_;
  std::shared_ptr<Inlet> messages_, presence_;

  std::vector<MessagePtr> arrivals_;
  std::vector<Answered> answers_;
  bool ready_ = false, connected_ = true, checking_ = false, absent_ = false, released_ = false;
  std::size_t credit_messages_ = 0, credit_bytes_ = 0;
  Hands hands_;
  // Of an ordered topic: what is ours and not handed out, in the order of the stream, in which it is when it is.
  std::map<std::uint64_t, Kept> kept_;
  std::size_t returning_ = 0;  // of them, on their way back
  bool taking_over_ = false;   // what the member before had is not all here yet
  // Of an ordered topic: what went to the connection that was lost may be missing until then, when the server gives it
  // out again, before what is younger.
  std::optional<driver::Deadline> missing_until_;
  std::optional<Pull> pull_;
  std::uint64_t last_pull_ = 0;
  bool alone_ = false;  // the next message is larger than the room for bodies
  driver::Deadline heard_ = {}, checked_gap_ = {};
  std::uint64_t told_gap_ = 0;  // up to this sequence
};

}  // namespace ductape::inline v0::nats
