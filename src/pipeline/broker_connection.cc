// SPDX-License-Identifier: Apache-2.0
#include "src/pipeline/broker_connection.h"

#include "src/pipeline/two_step.h"

namespace ductape::inline v0::pipeline {

Result<std::shared_ptr<BrokerConnection>> BrokerConnection::open(const driver::Provider& provider,
                                                                 const driver::Options& options,
                                                                 driver::Runtime& runtime, detail::Executor& executor,
                                                                 PublishLimits limits, PublishPath::Renew renew) {
  auto driver = provider.open(options, runtime);
  if (!driver) return std::move(driver).error();
  if (!provider.capabilities().moves) *driver = std::make_unique<TwoStep>(std::move(*driver));
  auto connection = std::shared_ptr<BrokerConnection>(new BrokerConnection(provider, runtime, std::move(*driver)));
  connection->publishing_ = std::make_shared<PublishPath>(*connection->driver_, runtime, executor,
                                                          std::string(provider.name()), limits, std::move(renew));
  return connection;
}

void BrokerConnection::probe(bool again, driver::Deadline deadline, std::function<void()> done) {
  {
    std::lock_guard lock(watched_->mutex);
    if (!again && !watched_->pulse.wants_probe(runtime_.now())) return done();
    watched_->pulse.asked(runtime_.now());
  }
  driver_->probe(deadline,
                 [watched = watched_, &runtime = runtime_, done = std::move(done)](Result<driver::Probe> got) {
                   {
                     std::lock_guard lock(watched->mutex);
                     if (got) {
                       watched->survives = got->survives;
                       watched->pulse.answered(runtime.now(), std::move(got->warning));
                     } else if (got.error().code != Errc::cancelled) {
                       watched->pulse.failed(runtime.now(), got.error().message);
                     }
                   }
                   done();
                 });
}

std::optional<driver::Survives> BrokerConnection::survives() const {
  std::lock_guard lock(watched_->mutex);
  return watched_->survives;
}

HealthItem BrokerConnection::health(std::string what) const {
  std::lock_guard lock(watched_->mutex);
  return watched_->pulse.health(std::move(what), runtime_.now());
}

}  // namespace ductape::inline v0::pipeline
