// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/redis/link.h"
#include "providers/redis/names.h"
#include "providers/redis/presence.h"
#include "providers/redis/session.h"

namespace ductape::inline v0::redis {

/// Reads a topic for one subscription from its beginning on, with XREAD, and leaves nothing at the server. A session
/// that replaces a broken one goes on behind the last message which that one settled for good. What is to be tried
/// again waits here.
class BroadcastConsumer final : public Session {
 public:
  BroadcastConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, std::shared_ptr<Presence> presence,
                    driver::Runtime& runtime, Place place, const driver::GroupSpec& group, driver::ConsumeSink& sink);

  void start();
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);

 private:
  void begin();
  void fetch();
  void came(const Reply& reply);
  void hand_out();
  void wake();

  void leave() override;
  void on_end(Error why) override;

  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Presence> presence_;
  driver::Runtime& runtime_;
  const Place place_;
  const std::string member_;
  driver::ConsumeSink& sink_;
  std::unique_ptr<Dialogue> link_;
  net::LoopTimer due_;
  std::size_t window_ = 0, window_bytes_ = 0, held_bytes_ = 0;
  driver::Tag last_tag_ = 0;
  std::unordered_map<driver::Tag, driver::Delivered> held_;
  std::multimap<driver::Deadline, driver::Delivered> waiting_;  // for their next attempt, or for room
  bool asked_ = false, begun_ = false, leaving_ = false;
};

/// The driver's object, which the session may outlive.
class BroadcastConsumerHandle final : public driver::Consumer {
 public:
  explicit BroadcastConsumerHandle(std::shared_ptr<BroadcastConsumer> session) : session_(std::move(session)) {
    session_->start();
  }
  ~BroadcastConsumerHandle() override { session_->abandon(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<BroadcastConsumer> session_;
};

}  // namespace ductape::inline v0::redis
