// SPDX-License-Identifier: Apache-2.0
#include "apps/ductape/subscriber.h"

namespace ductape::cli {

void Subscriber::handle(Delivery delivery) {
  ++under_way_;
  thread_local std::string line;
  line.clear();
  append_delivery(line, delivery.context(), form_);
  if (!console_.output().write(line)) {
    std::lock_guard lock(mutex_);
    unwritten_.push_back(std::move(delivery));
    wake_up_.ring();
    return;
  }
  const Message message = delivery.message();
  std::move(delivery).ack([this, message](const Result<void>& result) { on_settled(message, result); });
}

void Subscriber::on_settled(const Message& message, const Result<void>& result) {
  if (result)
    ++settled_;
  else if (result.error().code == Errc::lost)
    console_.note("lost " + std::string(message.id()));
  last_outcome_ = Clock::now().time_since_epoch();
  --under_way_;
}

Subscriber::Clock::time_point Subscriber::last_activity() const noexcept {
  return under_way_ > 0 ? Clock::now() : Clock::time_point(last_outcome_);
}

bool Subscriber::quiet() const {
  std::lock_guard lock(mutex_);
  return under_way_ == unwritten_.size();
}

void Subscriber::drop() {
  std::lock_guard lock(mutex_);
  unwritten_.clear();
}

}  // namespace ductape::cli
