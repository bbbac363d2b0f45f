// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <ductape/driver/runtime.hpp>

namespace ductape::inline v0::client {

/// Calls a function once in a while, never twice at a time. Thread-safe.
class Ticker final : public std::enable_shared_from_this<Ticker> {
 public:
  /// `run` may block.
  static std::shared_ptr<Ticker> start(driver::Runtime& runtime, driver::Millis period, std::function<void()> run);
  /// When it returned the function is not called any more, nor the runtime used. Not from inside the function.
  void stop();

 private:
  Ticker(driver::Runtime& runtime, driver::Millis period, std::function<void()> run)
      : runtime_(runtime), period_(period), run_(std::move(run)) {}
  void arm();  // under mutex_
  void tick();

  driver::Runtime& runtime_;
  const driver::Millis period_;
  const std::function<void()> run_;
  std::mutex running_;  // held while the function runs; before mutex_
  std::mutex mutex_;
  driver::Runtime::Timer timer_ = 0;
  bool stopped_ = false;
};

}  // namespace ductape::inline v0::client
