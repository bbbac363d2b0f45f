// SPDX-License-Identifier: Apache-2.0
// How a subscription comes about: its options are checked, its group is made, its session begins.
#include <algorithm>
#include <thread>

#include <ductape/units.hpp>

#include "src/client/client_core.h"
#include "src/client/placing.h"
#include "src/pipeline/message_id.h"

namespace ductape::inline v0::detail {

using client::RouteCell;
using pipeline::Route;

namespace {

constexpr std::chrono::seconds default_lease(30);
constexpr std::chrono::minutes fixed_lease_handler_timeout(25);

// What would be refused with a group's birth must be refused without it too.
std::optional<Error> check(const SubscribeOptions& options) {
  const auto wrong = [](std::string what, std::string hint) {
    return Error{.code = Errc::invalid_argument, .message = std::move(what), .hint = std::move(hint)};
  };
  const auto ms = [](std::chrono::milliseconds value) { return std::to_string(value.count()) + " ms"; };
  if (options.lease.count() < 0)
    return wrong("a lease of " + ms(options.lease), "give a positive `lease`, or 0 for 30 s");
  if (options.handler_timeout.count() < 0)
    return wrong("a handler_timeout of " + ms(options.handler_timeout), "give a positive one, or 0 for none");
  if (options.max_parked == 0)
    return wrong("max_parked is 0: nothing could be tried again", "give at least 1, or leave the 256");
  if (options.max_bytes == 0) return wrong("max_bytes is 0: nothing could be fetched", "give at least 1");
  return std::nullopt;
}

// What the call asks for and the stored policy does not give.
std::string unmet(const RetryOptions& asked, const RetryPolicy& stored) {
  std::string all;
  const auto compare = [&all](std::string_view name, const auto& wanted, const auto& has, auto&& text) {
    if (wanted && *wanted != has)
      all += (all.empty() ? "" : ", ") + std::string(name) + " is " + text(has) + ", not " + text(*wanted);
  };
  const auto number = [](std::uint32_t value) { return std::to_string(value); };
  const auto duration = [](std::chrono::milliseconds value) { return format_duration(value); };
  compare("max_attempts", asked.max_attempts, stored.max_attempts, number);
  compare("backoff.min", asked.backoff_min, stored.backoff_min, duration);
  compare("backoff.max", asked.backoff_max, stored.backoff_max, duration);
  compare("max_deliveries", asked.max_deliveries, stored.max_deliveries, number);
  compare("dedup", asked.dedup, stored.dedup, duration);
  return all;
}

DeliveryHandler traced(DeliveryHandler handler, const std::shared_ptr<Tracer>& tracer) {
  if (!handler || !tracer) return handler;
  return [handler = std::move(handler), tracer](Delivery delivery) {
    const auto span = tracer->handling(delivery.context());
    handler(std::move(delivery));
  };
}

model::Tally tally_of(const SubscriptionStats& stats) {
  return {.done = stats.acked,
          .failed = stats.retried,
          .dead = stats.dead_lettered,
          .lost = stats.lost,
          .removed = stats.gap};
}

}  // namespace

RetryPolicy retry_policy(const RetryOptions& options, const RetryPolicy& otherwise) {
  return {.max_attempts = options.max_attempts.value_or(otherwise.max_attempts),
          .backoff_min = options.backoff_min.value_or(otherwise.backoff_min),
          .backoff_max = options.backoff_max.value_or(otherwise.backoff_max),
          .max_deliveries = options.max_deliveries.value_or(otherwise.max_deliveries),
          .dedup = options.dedup.value_or(otherwise.dedup)};
}

Result<GroupDefinition> ClientCore::ensure_group(const Route& route, const SubscribeOptions& options) {
  GroupDefinition group{.product = route.product,
                        .event = route.event,
                        .name = !options.group.empty()                 ? options.group
                                : !route.address.default_group.empty() ? route.address.default_group
                                : !options_.service.empty()            ? options_.service
                                                                       : "default",
                        .mode = options.mode,
                        .from = options.from};
  if (options.mode == Mode::broadcast) {
    group.name = "broadcast-" + std::string(pipeline::MessageId(runtime_->wall()).text());
  } else if (auto stored = registry_.group(route.product, route.event, group.name)) {
    if (stored->mode != options.mode && options.mode != Mode::shared)
      return Error{.code = Errc::conflict,
                   .message = "group " + group.name + " of " + route.event + " exists with another mode",
                   .hint = "update the group, or subscribe without a mode"};
    if (auto missed = unmet(options.retry, stored->retry); !missed.empty())
      notice({.kind = Notice::Kind::differs,
              .event = route.event,
              .group = group.name,
              .text = "the policy stored with group " + group.name + " is in force: " + missed +
                      " (`ductape group update` changes it)"});
    return stored;
  } else if (stored.error().code != Errc::not_found) {
    return stored;
  }
  auto topic = registry_.topic(route.product, route.event);
  if (!topic) return std::move(topic).error();
  group.retry = retry_policy(options.retry, topic->policy.retry);
  if (options.mode == Mode::broadcast) return group;
  auto registry = registry_;
  auto created = registry.create(group);
  // Another process may have been quicker.
  if (!created && created.error().code == Errc::already_exists)
    return registry_.group(route.product, route.event, group.name);
  return created;
}

Result<void> ClientCore::provision(const Route& route, const GroupDefinition& group) {
  const auto spec = client::spec_of(group);
  const auto made = await<driver::Topology>(route.provider + " made group " + group.name, [&](auto answer) {
    route.connection->driver().provision(route.spec(), std::span(&spec, 1), route.may_provision, std::move(answer));
  });
  if (!made) return made.error();
  return client::check_topology(*made, route, group.name, noticing());
}

Result<std::shared_ptr<SubscriptionCore>> ClientCore::subscribe(RouteCell& cell, SubscribeOptions options,
                                                                DeliveryHandler handler) {
  if (auto wrong = check(options)) return std::move(*wrong);
  const auto found = route(cell);
  if (!found) return found.error();
  std::shared_ptr<const Route> to;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return Error{.code = Errc::closed, .message = "the client is closed"};
    to = routes_.at(*found);
  }
  if (auto refused = client::refused_by(*to, options.mode, options.from)) return std::move(*refused);
  const auto& can = to->capabilities;
  const driver::Millis lease = options.lease.count() > 0 ? options.lease : driver::Millis(default_lease);
  if (can.lease_max.count() > 0 && lease > can.lease_max)
    return Error{.code = Errc::invalid_argument,
                 .message = "a lease of " + std::to_string(lease.count()) + " ms is over the " +
                            std::to_string(can.lease_max.count()) + " ms that " + to->provider + " allows",
                 .hint = "lower `lease`"};

  auto group = ensure_group(*to, options);
  if (!group) return std::move(group).error();
  if (auto made = provision(*to, *group); !made) return std::move(made).error();

  auto place = client::place_of(to, group->name);
  if (!place) return std::move(place).error();

  pipeline::SubscriptionPlan plan{
      .place = std::move(*place),
      .group = std::move(*group),
      .concurrency = options.concurrency > 0 ? options.concurrency : std::max(1u, std::thread::hardware_concurrency()),
      .max_bytes = options.max_bytes,
      .lease = lease,
      .handler_timeout = options.handler_timeout,
      .max_parked = options.max_parked,
      .limit = options.limit,
      .handler = traced(std::move(handler), options_.tracer),
      .notice = noticing()};
  if (plan.group.retry.dedup.count() > 0 && options.mode != Mode::broadcast) {
    const auto kept = registry_.core()->handled_ids();
    if (!kept) return kept.error();
    plan.handled_ids = *kept;
  }
  if (plan.handler_timeout.count() == 0 && can.lease == driver::Lease::fixed)
    plan.handler_timeout = fixed_lease_handler_timeout;
  const auto slots = static_cast<std::ptrdiff_t>(plan.concurrency);
  const auto scope = model::tally_scope(to->product, to->env, to->event, plan.group.name);
  auto core = std::make_shared<SubscriptionCore>(std::move(plan), *runtime_, [this, slots](SubscriptionCore& ended) {
    teller_.remove(&ended);
    if (threads_) threads_->reserve(-slots);
    std::lock_guard lock(mutex_);
    if (watcher_) watcher_();
    --open_subscriptions_;
    all_ended_.notify_all();
  });
  if (threads_) threads_->reserve(slots);
  {
    std::lock_guard lock(mutex_);
    std::erase_if(subscriptions_, [](const auto& one) { return one.core.expired(); });
    subscriptions_.push_back({.core = core, .cell = &cell});
    ++open_subscriptions_;
  }
  // A broadcast is no group that one could ask for.
  if (options.mode != Mode::broadcast) teller_.add(core.get(), scope, [core] { return tally_of(core->stats()); });
  core->start();
  // A group that only its session makes exists when that reads.
  if (options.mode == Mode::broadcast)
    if (auto reads = core->wait_connected(runtime_->now() + std::chrono::seconds(30)); !reads) {
      (void)core->close(runtime_->now());
      return std::move(reads).error();
    }
  return core;
}

}  // namespace ductape::inline v0::detail
