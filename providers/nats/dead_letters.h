// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/consumer.hpp>
#include <map>

#include "providers/nats/api.h"
#include "providers/nats/names.h"
#include "providers/nats/owner_lease.h"
#include "providers/nats/session.h"

namespace ductape::inline v0::nats {

/// Reads a group's dead letters, oldest first, one request each. One session at a time has them, by a lease; an ack
/// deletes the message, so that nothing need be kept of those that stay.
class DeadLetterSession final : public Session {
 public:
  DeadLetterSession(std::shared_ptr<Link> link, Place place, std::shared_ptr<OwnerLease> owner,
                    driver::ConsumeSink& sink)
      : Session(std::move(link)), place_(std::move(place)), owner_(std::move(owner)), sink_(sink) {}

  void start();
  void credit(std::size_t messages);
  void settle(std::span<const driver::Settle> outcomes);
  [[nodiscard]] std::uint64_t in_hand() const { return in_hand_; }
  [[nodiscard]] bool owns() const { return owner_->held(); }

 private:
  void fetch();
  void fetched(Result<Json> answer);
  void hand_out(const Json& message);
  void removed(driver::Tag tag, const Result<Json>& answer);
  void tick();
  void heard();
  void count();
  void begin_stop() override;
  void leave_if_done();
  void on_end(const Error&) override;
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const Place place_;
  const std::shared_ptr<OwnerLease> owner_;
  driver::ConsumeSink& sink_;
  std::shared_ptr<Inlet> presence_;
  std::size_t credit_ = 0;
  std::map<driver::Tag, std::uint64_t> held_, removing_;  // tag and sequence
  std::uint64_t next_ = 1;
  driver::Tag last_tag_ = 0;
  bool asking_ = false, left_ = false, owned_ = false;
  driver::Deadline heard_ = {}, look_again_ = {};
  std::atomic<std::uint64_t> in_hand_ = 0;
};

}  // namespace ductape::inline v0::nats
