// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/driver/publisher.hpp>
#include <memory>

namespace ductape::inline v0::net {

/// The driver's object of a session that publishes, which may outlive it.
template <class Session>
class PublisherOf final : public driver::Publisher {
 public:
  explicit PublisherOf(std::shared_ptr<Session> session) : session_(std::move(session)) { session_->start(); }
  ~PublisherOf() override { session_->abandon(); }
  std::size_t submit(std::span<const driver::Record> records) override { return session_->submit(records); }
  std::vector<driver::Tag> recall(std::span<const driver::Tag> tags) override { return session_->recall(tags); }
  void stop(driver::Deadline deadline) override { session_->stop(deadline); }

 private:
  const std::shared_ptr<Session> session_;
};

}  // namespace ductape::inline v0::net
