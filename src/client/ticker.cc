// SPDX-License-Identifier: Apache-2.0
#include "src/client/ticker.h"

#include <utility>

namespace ductape::inline v0::client {

std::shared_ptr<Ticker> Ticker::start(driver::Runtime& runtime, driver::Millis period, std::function<void()> run) {
  std::shared_ptr<Ticker> ticker(new Ticker(runtime, period, std::move(run)));
  const std::lock_guard lock(ticker->mutex_);
  ticker->arm();
  return ticker;
}

void Ticker::arm() {
  timer_ = runtime_.at(runtime_.now() + period_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->tick();
  });
}

void Ticker::tick() {
  const std::lock_guard running(running_);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
  }
  run_();
  const std::lock_guard lock(mutex_);
  if (!stopped_) arm();
}

void Ticker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (timer_ != 0) runtime_.cancel(std::exchange(timer_, 0));
  }
  const std::lock_guard running(running_);
}

}  // namespace ductape::inline v0::client
