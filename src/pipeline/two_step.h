// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/provider.hpp>
#include <memory>

namespace ductape::inline v0::pipeline {

/// A connection whose consumers take `Settle::moved`, over one whose provider cannot ack and publish at once: the
/// record is published and confirmed first, then the message is acked. A crash in between leaves it in both places,
/// with the id that tells it is the same.
class TwoStep final : public driver::Connection {
 public:
  explicit TwoStep(std::unique_ptr<driver::Connection> inner) : inner_(std::move(inner)) {}

  Result<driver::Address> address(const driver::TopicSpec& topic, driver::Role role,
                                  std::string_view group) const override {
    return inner_->address(topic, role, group);
  }
  void provision(const driver::TopicSpec& topic, std::span<const driver::GroupSpec> groups, bool create,
                 driver::Done<driver::Topology> done) override {
    inner_->provision(topic, groups, create, std::move(done));
  }
  void forget(const driver::Address& main, std::string_view group, driver::Done<void> done) override {
    inner_->forget(main, group, std::move(done));
  }
  void reset(const driver::Address& main, std::string_view group, std::string_view to,
             driver::Done<void> done) override {
    inner_->reset(main, group, to, std::move(done));
  }
  [[nodiscard]] bool keeps_messages() const override { return inner_->keeps_messages(); }
  std::unique_ptr<driver::Publisher> publisher(driver::PublishSink& sink) override { return inner_->publisher(sink); }
  std::unique_ptr<driver::Consumer> consumer(const driver::Address& from, const driver::GroupSpec& group,
                                             driver::Millis lease, driver::ConsumeSink& sink) override;
  void inspect(const driver::Address& main, std::string_view group, driver::Done<driver::GroupState> done) override {
    inner_->inspect(main, group, std::move(done));
  }
  void check_publish(const driver::Address& to, driver::Deadline deadline, driver::Done<void> done) override {
    inner_->check_publish(to, deadline, std::move(done));
  }
  void probe(driver::Deadline deadline, driver::Done<driver::Probe> done) override {
    inner_->probe(deadline, std::move(done));
  }

 private:
  const std::unique_ptr<driver::Connection> inner_;
};

}  // namespace ductape::inline v0::pipeline
