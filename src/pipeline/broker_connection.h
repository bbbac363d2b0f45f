// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "src/pipeline/publish_path.h"
#include "src/policy/pulse.h"

namespace ductape::inline v0::pipeline {

/// One broker in one environment: the driver's connection and the publish path over it. Everything that uses it shares
/// it; it goes when the last of them does. Thread-safe.
class BrokerConnection {
 public:
  static Result<std::shared_ptr<BrokerConnection>> open(const driver::Provider& provider,
                                                        const driver::Options& options, driver::Runtime& runtime,
                                                        detail::Executor& executor, PublishLimits limits,
                                                        PublishPath::Renew renew = {});

  [[nodiscard]] const driver::Provider& provider() const noexcept { return provider_; }
  [[nodiscard]] driver::Connection& driver() noexcept { return *driver_; }
  [[nodiscard]] PublishPath& publishing() noexcept { return *publishing_; }

  /// Asks the server whether it is there, unless that is known or asked already and `again` is false. `done` is called
  /// once there is an answer or the deadline is over; at once if nothing was asked.
  void probe(bool again, driver::Deadline deadline, std::function<void()> done);
  /// What the last probe that was answered said of what the server keeps.
  [[nodiscard]] std::optional<driver::Survives> survives() const;
  /// What the probes told.
  [[nodiscard]] HealthItem health(std::string what) const;

 private:
  struct Watched {
    std::mutex mutex;
    policy::Pulse pulse;
    std::optional<driver::Survives> survives;
  };
  BrokerConnection(const driver::Provider& provider, driver::Runtime& runtime,
                   std::unique_ptr<driver::Connection> driver)
      : provider_(provider), runtime_(runtime), driver_(std::move(driver)) {}
  const driver::Provider& provider_;
  driver::Runtime& runtime_;
  const std::shared_ptr<Watched> watched_ = std::make_shared<Watched>();  // outlives probes under way
  std::unique_ptr<driver::Connection> driver_;
  std::shared_ptr<PublishPath> publishing_;
};

}  // namespace ductape::inline v0::pipeline
