// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

#include "providers/redis/control.h"
#include "providers/redis/names.h"
#include "providers/redis/presence.h"

namespace ductape::inline v0::redis {

/// A server and a database of it.
class Connection final : public driver::Connection {
 public:
  Connection(RedisOptions options, Access access, driver::Runtime& runtime);
  ~Connection() override;

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override {
    return make_address(options_, topic, role, group);
  }
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override;
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override;
  void reset(const driver::Address& main, std::string_view group, std::string_view to,
             driver::Done<void> done) override;
  [[nodiscard]] bool keeps_messages() const override { return options_.mode == "stream"; }
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override;
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override;
  void inspect(const driver::Address& at, std::string_view group, driver::Done<driver::GroupState> done) override;
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override;

 private:
  const RedisOptions options_;
  driver::Runtime& runtime_;
  net::EventLoop& loop_;
  const std::shared_ptr<const Access> access_;
  const std::shared_ptr<Presence> presence_ = std::make_shared<Presence>();
  const std::shared_ptr<Control> control_;
};

}  // namespace ductape::inline v0::redis
