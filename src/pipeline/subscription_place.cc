// SPDX-License-Identifier: Apache-2.0
// Where a subscription reads, and how it goes elsewhere while it runs.
#include "src/pipeline/subscription_core.h"

#include <algorithm>

namespace ductape::inline v0::detail {

using namespace driver;

void SubscriptionCore::add_sources(const pipeline::Place& place) {
  const auto now = runtime_.now();
  // Where retries come back to the group's own rows or queue there is nothing else to read.
  if (place.has_private_address())
    sources_.insert(sources_.begin(), std::make_unique<Source>(*this, Role::retry, place, now));
  sources_.insert(sources_.begin(), std::make_unique<Source>(*this, Role::main, place, now));
}

std::shared_ptr<const pipeline::Route> SubscriptionCore::present_route() const {
  Lock lock(mutex_);
  return places_.back().route;
}

bool SubscriptionCore::uses(const pipeline::BrokerConnection& connection) const {
  Lock lock(mutex_);
  return std::ranges::any_of(sources_, [&](const auto& source) {
    return source->place->route->connection == &connection && (source->session || !source->stopped);
  });
}

void SubscriptionCore::move_to(pipeline::Place to) {
  Lock lock(mutex_);
  if (closing_ || over_ || places_.back().route->connection == to.route->connection) return;
  const auto& place = places_.emplace_back(std::move(to));
  if (plan_.group.mode == Mode::broadcast) {
    // Its session is what keeps its messages: it stays until it breaks, and the next one begins there.
    for (auto& source : sources_) source->place = &place;
    return;
  }
  std::vector<Source*> left;
  for (auto& source : sources_)
    if (!source->leaving) left.push_back(source.get());
  for (auto* source : left) {
    const bool elsewhere = source->place->route->provider != place.route->provider;
    if (!elsewhere)
      leave(*source);
    else if (!source->superseded)
      linger(*source);
  }
  add_sources(place);
  for (auto& source : sources_)
    if (source->place == &place) open(*source);
  dispatch();
}

// At another provider nothing is known of what is left here, and who publishes may not have looked at the registry yet.
void SubscriptionCore::linger(Source& source) {
  constexpr std::chrono::seconds quiet(5);
  source.superseded = true;
  source.brought = false;
  runtime_.at(runtime_.now() + quiet, [weak = weak_from_this(), &source] {
    const auto self = weak.lock();
    if (!self) return;
    Lock lock(self->mutex_);
    if (self->closing_ || self->over_ || source.leaving) return;
    if (source.brought || !source.held.empty()) return self->linger(source);
    self->leave(source);
  });
}

void SubscriptionCore::leave(Source& source) {
  source.leaving = true;
  source.trouble = {};
  if (!source.session || source.ended_already) {
    source.stopped = true;
    return;
  }
  source.window = 0;
  source.session->credit(0, plan_.max_bytes);
  give_back_unstarted(&source, {});
  flush(source);
  stop_if_left(source);
}

void SubscriptionCore::stop_if_left(Source& source) {
  if (!source.leaving || source.stopped || !source.held.empty() || !source.session || source.ended_already) return;
  source.stopped = true;
  source.session->stop(runtime_.now() + std::chrono::seconds(30));
}

}  // namespace ductape::inline v0::detail
