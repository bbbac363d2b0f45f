// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "src/net/session.h"

namespace ductape::inline v0::redis {

/// What the consumers have in common for which the server keeps nothing: what was handed out, and what waits for room
/// or for its next attempt, is here. There are no dead letters: what would go there is done.
class UnkeptConsumer : public net::Session {
 public:
  virtual void start() = 0;
  void credit(std::size_t messages, std::size_t bytes);
  void settle(std::span<const driver::Settle> outcomes);

 protected:
  UnkeptConsumer(net::EventLoop& loop, driver::Runtime& runtime, driver::ConsumeSink& sink)
      : net::Session(loop), runtime_(runtime), sink_(sink), due_(loop) {}

  /// There may be room, or something may be due.
  virtual void go_on() = 0;
  void came(driver::Delivered message) { waiting_.emplace(runtime_.now(), std::move(message)); }
  void hand_out();
  [[nodiscard]] std::size_t room() const;
  void on_end(Error why) override;

  driver::Runtime& runtime_;
  driver::ConsumeSink& sink_;
  std::unordered_map<driver::Tag, driver::Delivered> held_;
  std::multimap<driver::Deadline, driver::Delivered> waiting_;

 private:
  net::LoopTimer due_;
  std::size_t window_ = 0, window_bytes_ = 0, held_bytes_ = 0;
  driver::Tag last_tag_ = 0;
};

/// The driver's object, which the session may outlive.
class UnkeptConsumerHandle final : public driver::Consumer {
 public:
  explicit UnkeptConsumerHandle(std::shared_ptr<UnkeptConsumer> session) : session_(std::move(session)) {
    session_->start();
  }
  ~UnkeptConsumerHandle() override { session_->abandon(); }
  void credit(std::size_t messages, std::size_t bytes) override { session_->credit(messages, bytes); }
  void settle(std::span<const driver::Settle> outcomes) override { session_->settle(outcomes); }
  void extend(std::span<const driver::Tag>, driver::Millis) override {}
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<UnkeptConsumer> session_;
};

}  // namespace ductape::inline v0::redis
