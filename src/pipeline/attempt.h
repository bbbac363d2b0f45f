// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/pipeline/subscription_core.h"

namespace ductape::inline v0::detail {

/// One try at a message: what the handler sees, and where its outcome goes. Made with the lock held.
class SubscriptionCore::Attempt final : public MessageData, public Settler {
 public:
  Attempt(std::shared_ptr<SubscriptionCore> subscription, Held& of)
      : core(std::move(subscription)), held(of), generation(of.generation), own_stop_(of.stop) {
    const driver::Delivered& from = held.delivered;
    const pipeline::Route& route = core->route();
    event = route.event;
    product = route.product;
    env = route.env;
    group = core->plan_.group.name;
    id = held.id;
    key = from.key;
    native_id = from.native_id;
    body = from.body;
    attributes = from.attributes;
    headers = from.headers;
    published = from.published;
    deliveries = from.deliveries;
    attempt = held.failures + 1;
    deadline = held.timeout;
    stop = held.stop.stop_possible() ? &own_stop_ : &core->stop_;
    bytes = from.bytes;
  }
  void settle(Decision decision) noexcept override {
    if (reservation != 0) core->remember(*this, decision.outcome);
    core->settle(held, generation, std::move(decision));
  }

  const std::shared_ptr<SubscriptionCore> core;
  Held& held;
  const std::uint32_t generation;
  std::uint64_t reservation = 0;  // as whose the `dedup` window knows the id; 0: it does not

 private:
  const std::stop_source own_stop_;
};

}  // namespace ductape::inline v0::detail
