// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>

#include <ductape/driver/publisher.hpp>
#include <ductape/driver/runtime.hpp>

#include "providers/rabbitmq/broadcasts.h"
#include "providers/rabbitmq/control.h"
#include "providers/rabbitmq/names.h"
#include "providers/rabbitmq/trunk.h"
#include "src/net/publisher_of.h"
#include "src/net/session.h"

namespace ductape::inline v0::rabbitmq {

/// Where a record goes at the server.
struct Way {
  std::string exchange = {}, routing_key = {};
};

/// Sends mandatory, persistent messages over one channel and hears of each whether the server has it. To an exchange
/// that is not there the server answers by closing the channel under all that is on its way, so each is looked for
/// before the first message goes there.
class PublisherSession final : public net::Session, Trunk::User {
 public:
  static constexpr std::size_t window = 1'024;

  PublisherSession(net::EventLoop& loop, std::shared_ptr<Trunk> trunk, std::shared_ptr<Control> control,
                   std::shared_ptr<Broadcasts> broadcasts, driver::Runtime& runtime, driver::PublishSink& sink)
      : net::Session(loop),
        trunk_(std::move(trunk)),
        control_(std::move(control)),
        broadcasts_(std::move(broadcasts)),
        runtime_(runtime),
        sink_(sink) {}

  void start();
  std::size_t submit(std::span<const driver::Record> records);
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags);

 private:
  struct UnderWay {
    driver::Tag tag = 0;
    const Place* place = nullptr;
    std::string_view id;
    std::size_t size = 0;
    bool settled = false, returned = false;
  };

  // With the lock held.
  [[nodiscard]] Way way_of(const driver::Record& record) const;
  void take(const driver::Record& record);
  bool encode(const driver::Record& record, const Way& way);
  void outcome(driver::Tag tag, Error error);
  UnderWay* find(std::uint64_t delivery);

  void write();
  void advance();
  void look_for(const std::string& exchange);
  void known(const std::string& exchange, const Error& why);
  void tell_outcomes();
  void refused(const Error& why);

  // Session
  void leave() override;
  void on_end(Error why) override;
  // Trunk::User
  void ready() override;
  void returned(Arrived message) override;
  void confirmed(std::uint64_t delivery, bool all_before, bool accepted) override;
  void channel_closed(Error why) override;
  void came() override { tell_outcomes(); }
  [[nodiscard]] bool waits() const override;
  void closed(Error why) override {
    channel_ = 0;
    end(std::move(why));
  }

  const std::shared_ptr<Trunk> trunk_;
  const std::shared_ptr<Control> control_;
  const std::shared_ptr<Broadcasts> broadcasts_;
  driver::Runtime& runtime_;
  driver::PublishSink& sink_;
  std::uint16_t channel_ = 0;  // 0: none
  std::set<std::string> looking_;
  bool leaving_ = false, parting_ = false;

  mutable std::mutex mutex_;
  std::string outgoing_, properties_;
  std::size_t unsent_ = 0;              // messages in `outgoing_`, the last of those under way
  std::size_t bytes_ = 0;               // of the bodies under way
  std::deque<UnderWay> under_way_;      // by their number at the server
  std::uint64_t first_ = 1;             // the number of the first of them
  std::deque<driver::Record> waiting_;  // for the log-in or their exchange, in their order
  std::vector<driver::Sent> outcomes_;
  std::set<std::string, std::less<>> known_, no_tier_;
  std::map<std::string, Error, std::less<>> unknown_;
  std::uint32_t frame_max_ = 0;  // 0: not logged in
  bool flushing_ = false, short_ = false, over_ = false;
};

using Publisher = net::PublisherOf<PublisherSession>;

}  // namespace ductape::inline v0::rabbitmq
