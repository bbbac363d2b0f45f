// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ductape/metrics.hpp>

#include "src/client/ticker.h"
#include "src/pipeline/route.h"

namespace ductape::inline v0::client {

/// Hands a client's measurements to its program, once in an interval. Thread-safe.
class Meter final : public std::enable_shared_from_this<Meter> {
 public:
  struct Counted {
    GroupStatus status;                                 // what this client counted
    std::shared_ptr<const pipeline::Route> route = {};  // where the group's provider is asked; null: it is not
  };
  using Count = std::function<std::vector<Counted>()>;

  static std::shared_ptr<Meter> start(driver::Runtime& runtime, driver::Millis interval, MetricSink sink, Count count);
  /// Reports a last time what this client counted. When it returned the sink is not called any more.
  void stop();

 private:
  struct Round;
  Meter(driver::Runtime& runtime, MetricSink sink, Count count)
      : runtime_(runtime), sink_(std::move(sink)), count_(std::move(count)) {}
  void measure();
  void report(std::span<const GroupStatus> groups);

  driver::Runtime& runtime_;
  const MetricSink sink_;
  const Count count_;
  std::shared_ptr<Ticker> ticker_;
  std::mutex mutex_;  // held while the sink is called
  bool stopped_ = false;
};

}  // namespace ductape::inline v0::client
