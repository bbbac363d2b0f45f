// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>

#include "providers/kafka/link.h"
#include "providers/kafka/member.h"

namespace ductape::inline v0::kafka {

/// One broker in one environment: one producer, which all publishers share, and a consumer for each subscription.
class Connection final : public driver::Connection {
 public:
  Connection(KafkaOptions options, driver::Runtime& runtime);
  ~Connection() override;

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override;
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override;
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override;
  void reset(const driver::Address& main, std::string_view group, std::string_view to,
             driver::Done<void> done) override;
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override;
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override;
  void inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) override;
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override;

 private:
  struct Known {
    std::string name;  // what it reads, and for whom
    std::shared_ptr<Member> member;
  };
  /// The client that publishes and asks, made when it is first needed and again when it cannot go on.
  Result<std::shared_ptr<Link>> link();
  Result<std::shared_ptr<Member>> member(const std::string& name, const Member::Setup& setup, bool shared);
  template <class T>
  std::shared_ptr<Link> link_or_refuse(const driver::Done<T>& done);

  const KafkaOptions options_;
  driver::Runtime& runtime_;
  const std::shared_ptr<Broadcasts> broadcasts_ = std::make_shared<Broadcasts>();
  const std::shared_ptr<std::atomic<std::int64_t>> shortest_session_ = std::make_shared<std::atomic<std::int64_t>>(0);

  std::mutex mutex_;
  std::shared_ptr<Link> link_;
  std::vector<std::shared_ptr<Link>> broken_;
  std::vector<Known> members_;
};

}  // namespace ductape::inline v0::kafka
