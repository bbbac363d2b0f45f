// SPDX-License-Identifier: Apache-2.0
#include <ductape/subscribe.hpp>

#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0 {

Subscription::Subscription(std::shared_ptr<detail::SubscriptionCore> core) : core_(std::move(core)) {}
Subscription::Subscription(Subscription&&) noexcept = default;

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    if (core_) (void)close();
    core_ = std::move(other.core_);
  }
  return *this;
}

Subscription::~Subscription() {
  if (core_) (void)close();
}

std::string_view Subscription::group() const noexcept { return core_->group(); }
Result<std::vector<Delivery>> Subscription::receive(std::size_t max, std::chrono::milliseconds wait) {
  return core_->receive(max, wait);
}
void Subscription::pause() { core_->pause(true); }
void Subscription::resume() { core_->pause(false); }
Result<void> Subscription::wait(std::chrono::milliseconds patience) { return core_->wait(patience); }
SubscriptionStats Subscription::stats() const { return core_->stats(); }
void Subscription::acknowledge_gap() { core_->acknowledge_gap(); }
Result<void> Subscription::close(std::chrono::milliseconds deadline) { return core_->close(deadline); }

}  // namespace ductape::inline v0
