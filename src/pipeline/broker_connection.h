// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "src/pipeline/publish_path.h"

namespace ductape::inline v0::pipeline {

/// One broker in one environment: the driver's connection and the publish path over it. Everything that uses it shares
/// it; it goes when the last of them does. Thread-safe.
class BrokerConnection {
 public:
  static Result<std::shared_ptr<BrokerConnection>> open(const driver::Provider& provider,
                                                        const driver::Options& options, driver::Runtime& runtime,
                                                        detail::Executor& executor, PublishLimits limits);

  [[nodiscard]] const driver::Provider& provider() const noexcept { return provider_; }
  [[nodiscard]] driver::Connection& driver() noexcept { return *driver_; }
  [[nodiscard]] PublishPath& publishing() noexcept { return *publishing_; }

 private:
  BrokerConnection(const driver::Provider& provider, std::unique_ptr<driver::Connection> driver)
      : provider_(provider), driver_(std::move(driver)) {}
  const driver::Provider& provider_;
  std::unique_ptr<driver::Connection> driver_;
  std::shared_ptr<PublishPath> publishing_;
};

}  // namespace ductape::inline v0::pipeline
