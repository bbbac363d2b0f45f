// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

#include "providers/nats/inspect.h"
#include "providers/nats/topology.h"

namespace ductape::inline v0::nats {

/// One broker in one environment: one connection to its servers, which all sessions share.
class Connection final : public driver::Connection {
 public:
  Connection(NatsOptions options, StreamSettings settings, driver::Runtime& runtime);
  ~Connection() override;

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override;
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override;
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override;
  void reset(const driver::Address& main, std::string_view group, std::string_view to,
             driver::Done<void> done) override;
  [[nodiscard]] bool keeps_messages() const override { return !core_; }
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override;
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override;
  void inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) override;
  void check_publish(const driver::Address& to, driver::Deadline deadline, driver::Done<void> done) override;
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override;

 private:
  std::shared_ptr<OwnerLease> owner_lease(const Place& place, std::string_view member, driver::Millis lease);

  const StreamSettings settings_;
  const std::shared_ptr<Link> link_;
  const bool core_;
  const std::shared_ptr<Attempts> attempts_ = std::make_shared<Attempts>();
  const std::shared_ptr<DeadLetterReaders> readers_ = std::make_shared<DeadLetterReaders>();

  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<OwnerLease>> owners_;  // of a key, by their members
};

}  // namespace ductape::inline v0::nats
