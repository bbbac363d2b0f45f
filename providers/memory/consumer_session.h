// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/memory/session.h"

namespace ductape::inline v0::memory {

/// A member's connection to one group.
class ConsumerSession final : public Session {
 public:
  /// How often an idle member hears that the broker is there.
  static constexpr driver::Millis heartbeat{1000};

  ConsumerSession(std::shared_ptr<Server> server, driver::Runtime& runtime, Place place, driver::ConsumeSink& sink)
      : Session(std::move(server), runtime), place_(std::move(place)), sink_(sink) {}

  void join(driver::Millis lease);
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);
  void extend(std::span<const driver::Tag> tags, driver::Millis lease);
  void seek(std::string_view position, driver::Done<void> done);
  void stop(driver::Deadline deadline);

  // With the server's mutex held.
  void deliver(std::vector<Handed> handed);
  void lose(std::vector<driver::Tag> tags);
  void miss(std::uint64_t messages);
  void wake_at(driver::Deadline when);
  void thaw() override;

 private:
  [[nodiscard]] Group* group() { return server_->find(place_.topic, place_.group); }
  Error settle(Group& group, const driver::Settle& outcome);
  void pass_on(const std::vector<Handed>& handed);
  void tick();
  void leave_if_done();
  void on_end(const Error& why) override;
  void tell_ended(Error why) override { sink_.ended(std::move(why)); }

  const Place place_;
  driver::ConsumeSink& sink_;
  bool stopping_ = false;
  driver::Deadline next_alive_ = {}, timer_at_ = driver::Deadline::max();
  driver::Runtime::Timer timer_ = 0;
};

}  // namespace ductape::inline v0::memory
