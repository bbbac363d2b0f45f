// SPDX-License-Identifier: Apache-2.0
#include <ductape/health.hpp>

#include <algorithm>

#include "src/client/client_core.h"
#include "src/pipeline/waiting.h"
#include "src/policy/pulse.h"

namespace ductape::inline v0::detail {
namespace {

/// Waits for several answers.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t missing = 0;
};

}  // namespace

Health ClientCore::health(driver::Millis patience) {
  std::vector<Opened> brokers;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [identity, opened] : connections_)
      if (!opened.unused_since) brokers.push_back(opened);
  }

  const bool now = patience.count() > 0;
  const auto deadline = runtime_->now() + (now ? patience : policy::Pulse::patience);
  auto answers = std::make_shared<Answers>();
  answers->missing = brokers.size();
  for (const auto& broker : brokers)
    broker.connection->probe(now, deadline, [answers] {
      std::lock_guard lock(answers->mutex);
      --answers->missing;
      answers->changed.notify_all();
    });
  if (now) {
    std::unique_lock lock(answers->mutex);
    pipeline::wait_until(*runtime_, answers, lock, answers->changed, deadline + std::chrono::seconds(1),
                         [&] { return answers->missing == 0; });
  }

  Health health;
  for (const auto& broker : brokers) health.items.push_back(broker.connection->health(broker.what));
  if (now)
    for (auto* cell : table_.cells()) {
      const pipeline::Route* route = cell->route.load(std::memory_order_acquire);
      // A broker that does not answer would only be said to be silent again.
      if (!route || route->may_provision || route->connection->health({}).state == HealthState::red) continue;
      if (const auto why = missing(*route, patience))
        health.items.push_back({.what = "topic " + route->event + " in " + route->env + " (" + route->provider + ")",
                                .state = HealthState::red,
                                .reason = why->message});
    }
  for (const auto& core : subscriptions()) health.items.push_back(core->health());
  for (const auto& item : health.items) health.state = std::max(health.state, item.state);
  return health;
}

}  // namespace ductape::inline v0::detail
