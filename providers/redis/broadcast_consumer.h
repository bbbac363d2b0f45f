// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/redis/link.h"
#include "providers/redis/names.h"
#include "providers/redis/presence.h"
#include "providers/redis/unkept_consumer.h"

namespace ductape::inline v0::redis {

/// Reads a stream for one subscription, from the subscription's beginning on, with XREAD, and leaves nothing at the
/// server. A session that replaces a broken one begins before the first message that had no outcome yet.
class BroadcastConsumer final : public UnkeptConsumer {
 public:
  BroadcastConsumer(net::EventLoop& loop, std::shared_ptr<const Access> access, std::shared_ptr<Presence> presence,
                    driver::Runtime& runtime, Place place, const driver::GroupSpec& group, driver::ConsumeSink& sink)
      : UnkeptConsumer(loop, runtime, sink),
        access_(std::move(access)),
        presence_(std::move(presence)),
        place_(std::move(place)),
        member_(std::string(group.member) + " " + place_.stream),
        idle_(loop) {}

  void start() override;

 private:
  void begin();
  void go_on() override;
  void ask(const Command& command);
  void answered(const Reply& reply);
  void leave() override;
  void on_end(Error why) override;

  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Presence> presence_;
  const Place place_;
  const std::string member_;
  std::unique_ptr<Dialogue> link_;
  net::LoopTimer idle_;
  bool asked_ = false, begun_ = false, leaving_ = false;
};

}  // namespace ductape::inline v0::redis
