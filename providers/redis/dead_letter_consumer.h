// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include <ductape/driver/consumer.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/redis/link.h"
#include "providers/redis/names.h"
#include "src/net/session.h"

namespace ductape::inline v0::redis {

/// Takes a group's dead letters in hand, oldest first. What it gives back, or holds for longer than the lease, lies
/// there again for others; this session goes on behind it.
class DeadLetterConsumer final : public net::Session {
 public:
  DeadLetterConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, driver::Runtime& runtime, Place place,
                     const driver::GroupSpec& group, driver::Millis lease, driver::ConsumeSink& sink);

  void start();
  void credit(std::size_t messages);
  void settle(std::span<const driver::Settle> outcomes);
  void extend(std::span<const driver::Tag> tags);

 private:
  void fetch();
  void look_again();
  void purge_or_give_back(std::string_view what, std::span<const driver::Settle> outcomes);
  void move(const driver::Settle& outcome);
  void answered(std::span<const driver::Tag> tags, const Reply& reply);
  [[nodiscard]] Error error_of(ReplyView answer) const;

  void leave() override;
  void on_end(Error why) override;

  const std::shared_ptr<const Access> access_;
  driver::Runtime& runtime_;
  const Place place_;
  const std::string member_, counts_;
  const driver::Millis lease_;
  driver::ConsumeSink& sink_;
  std::unique_ptr<Dialogue> link_;
  net::LoopTimer again_;
  std::size_t window_ = 0, unsettled_ = 0;
  driver::Tag last_tag_ = 0;
  std::unordered_map<driver::Tag, std::string> held_;  // ids
  std::string cursor_;
  bool asked_ = false, leaving_ = false;
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
  void extend(std::span<const driver::Tag> tags, driver::Millis) override { session_->extend(tags); }
  void released(std::span<const std::uint32_t>) override {}
  void seek(std::string_view position, driver::Done<void> done) override;
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<DeadLetterConsumer> session_;
};

}  // namespace ductape::inline v0::redis
