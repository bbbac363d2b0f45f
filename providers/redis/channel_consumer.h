// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/redis/link.h"
#include "providers/redis/names.h"
#include "providers/redis/presence.h"
#include "providers/redis/unkept_consumer.h"

namespace ductape::inline v0::redis {

/// Gets what is published to a channel while it is subscribed (`mode: pubsub`). What comes while there is no
/// connection, or faster than it is handled for long, is gone, and that is told.
class ChannelConsumer final : public UnkeptConsumer, Link::Sink {
 public:
  ChannelConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, std::shared_ptr<Presence> presence,
                  driver::Runtime& runtime, Place place, const driver::GroupSpec& group, driver::ConsumeSink& sink)
      : UnkeptConsumer(loop, runtime, sink),
        access_(std::move(access)),
        presence_(std::move(presence)),
        place_(std::move(place)),
        member_(group.member),
        key_(member_ + " " + place_.stream),
        beat_(loop) {}

  void start() override;

 private:
  void beat();
  void subscribed();
  void go_on() override { hand_out(); }
  // Session
  void leave() override;
  void on_end(Error why) override;
  // Link::Sink
  void ready() override;
  void replied(std::span<const Reply> replies) override;
  void closed(Error why) override { end(std::move(why)); }

  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Presence> presence_;
  const Place place_;
  const std::string member_, key_;
  std::unique_ptr<Link> link_;
  net::LoopTimer beat_;
  std::uint64_t count_ = 0;  // of messages, for names
};

}  // namespace ductape::inline v0::redis
