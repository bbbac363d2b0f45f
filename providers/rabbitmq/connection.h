// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include <ductape/driver/provider.hpp>

#include "providers/rabbitmq/broadcasts.h"
#include "providers/rabbitmq/control.h"
#include "providers/rabbitmq/in_hand.h"
#include "providers/rabbitmq/names.h"
#include "providers/rabbitmq/probe.h"
#include "providers/rabbitmq/trunk.h"

namespace ductape::inline v0::rabbitmq {

/// A virtual host of a server.
class Connection final : public driver::Connection {
 public:
  Connection(RabbitmqOptions options, Access access, driver::Runtime& runtime);
  ~Connection() override;

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override {
    return make_address(options_, topic, role, group);
  }
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override;
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override;
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override;
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override;
  void inspect(const driver::Address& at, std::string_view group, driver::Done<driver::GroupState> done) override;
  void check_publish(const driver::Address& to, driver::Deadline deadline, driver::Done<void> done) override;
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override;

 private:
  const RabbitmqOptions options_;
  driver::Runtime& runtime_;
  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Broadcasts> broadcasts_ = std::make_shared<Broadcasts>();
  const std::shared_ptr<InHand> in_hand_ = std::make_shared<InHand>();
  // A server that is low on memory or disk reads nothing more from a connection that publishes.
  const std::shared_ptr<Trunk> publishing_, reading_;
  const std::shared_ptr<Control> control_;
  const std::shared_ptr<Prober> prober_;
  const std::shared_ptr<std::atomic<bool>> has_tiers_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace ductape::inline v0::rabbitmq
