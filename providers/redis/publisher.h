// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <set>

#include <ductape/driver/publisher.hpp>

#include "providers/redis/link.h"
#include "providers/redis/names.h"
#include "src/net/publisher_of.h"
#include "src/net/session.h"

namespace ductape::inline v0::redis {

/// Sends with XADD, many on their way at once, over one link. With `channel` it sends with PUBLISH, which keeps
/// nothing.
class PublisherSession final : public net::Session, Link::Sink {
 public:
  enum class Kind : std::uint8_t { stream, channel };

  PublisherSession(net::EventLoop& loop, std::shared_ptr<const Access> access, Kind kind, driver::PublishSink& sink)
      : net::Session(loop), access_(std::move(access)), kind_(kind), sink_(sink), tidying_(loop) {}

  void start();
  std::size_t submit(std::span<const driver::Record> records);
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags);

 private:
  struct Under {  // way: a record, or a stream that is trimmed
    driver::Tag tag = 0;
    const Place* trimmed = nullptr;
    const Place* to = nullptr;
    std::size_t bytes = 0;  // of its command
  };

  bool encode(const driver::Record& record);
  void refuse(driver::Tag tag, Error why);
  void write();
  void tell_refused();
  void made_room();
  void tidy();
  void trimmed(const Place& place, ReplyView reply);

  // Session
  void leave() override;
  void on_end(Error why) override;
  // Link::Sink
  void ready() override;
  void replied(std::span<const Reply> replies) override;
  void closed(Error why) override { end(std::move(why)); }

  const std::shared_ptr<const Access> access_;
  const Kind kind_;
  driver::PublishSink& sink_;
  std::unique_ptr<Link> link_;
  net::LoopTimer tidying_;
  bool leaving_ = false;

  std::mutex mutex_;
  std::string outgoing_;         // written and not with the link yet
  std::size_t commands_ = 0;     // in `outgoing_`
  std::deque<Under> under_way_;  // in the order of their commands; the last `commands_` are in `outgoing_`
  std::vector<driver::Sent> refused_;
  std::set<std::shared_ptr<const void>> places_;  // that were published to
  std::set<std::string, std::less<>> full_;       // streams over their `retention`
  bool flushing_ = false, short_ = false, over_ = false;
  std::string meta_;
};

using Publisher = net::PublisherOf<PublisherSession>;

}  // namespace ductape::inline v0::redis
