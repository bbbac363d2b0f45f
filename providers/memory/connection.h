// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/memory/server.h"

namespace ductape::inline v0::memory {

class Connection final : public driver::Connection {
 public:
  Connection(std::shared_ptr<Server> server, driver::Runtime& runtime)
      : server_(std::move(server)), runtime_(runtime) {}
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
  /// Runs `work` on the runtime with the server's mutex held and hands its result to `done` without it.
  template <class T>
  void call(std::function<Result<T>(Server&)> work, driver::Done<T> done);

  std::shared_ptr<Server> server_;
  driver::Runtime& runtime_;
};

}  // namespace ductape::inline v0::memory
