// SPDX-License-Identifier: Apache-2.0
#include <ductape/groups.hpp>

#include "src/client/client_core.h"
#include "src/client/group_status.h"
#include "src/model/objects.h"

namespace ductape::inline v0 {
namespace {

// A store that cannot say leaves them unknown; the provider's counts are good without them.
void add_counted(detail::ClientCore& core, const pipeline::Route& route, GroupStatus& status) {
  const auto tallies = core.registry().core()->tallies();
  if (!tallies) return;
  const auto now = core.runtime().wall();
  const auto of = [&](std::string_view group) {
    return (*tallies)->read(model::tally_scope(route.product, route.env, route.event, group), now);
  };
  const auto rate = [](std::uint64_t count) {
    return static_cast<double>(count) / std::chrono::duration<double>(model::Tallies::window).count();
  };
  if (const auto topic = of({})) {
    status.published = topic->all.published;
    status.resent = topic->all.resent;
    status.published_rate = rate(topic->recent.published);
  }
  if (const auto group = of(status.definition.name)) {
    // What a provider does not count is known from those who did it or were told of it.
    if (!status.done) status.done = group->all.done;
    if (!status.data_loss) status.data_loss = group->all.removed;
    status.failed = group->all.failed;
    status.dead_lettered = group->all.dead;
    status.lost = group->all.lost;
    status.done_rate = rate(group->recent.done);
  }
}

Result<GroupStatus> inspect(detail::ClientCore& core, const GroupDefinition& group, std::string_view env) {
  auto found = core.route(core.cell(group.product, env, group.event));
  if (!found) return std::move(found).error();
  const pipeline::Route& route = **found;
  GroupStatus status{.definition = group, .env = route.env, .state = "ready"};
  auto state = core.await<driver::GroupState>(route.provider + " told about group " + group.name, [&](auto done) {
    route.connection->driver().inspect(route.address, group.name, std::move(done));
  });
  if (!state) {
    if (state.error().code != Errc::not_found) return std::move(state).error();
    status.state = "pending";
    add_counted(core, route, status);
    return status;
  }
  client::add_state(status, *state);
  add_counted(core, route, status);
  return status;
}

std::string product_of(const detail::ClientCore& core, const GroupRequest& request) {
  return request.product.empty() ? core.options().product : request.product;
}

}  // namespace

Result<GroupDefinition> Groups::create(const GroupRequest& request, const SubscribeOptions& options) {
  auto found = core_.route(core_.cell(request.product, request.env, request.event));
  if (!found) return std::move(found).error();
  const pipeline::Route& route = **found;
  auto registry = core_.registry();
  auto topic = registry.topic(route.product, route.event);
  if (!topic) return std::move(topic).error();
  GroupDefinition group{.product = route.product,
                        .event = route.event,
                        .name = request.group,
                        .mode = options.mode,
                        .from = options.from,
                        .retry = detail::retry_policy(options.retry, topic->policy.retry)};
  auto created = registry.create(std::move(group));
  if (!created) return created;
  if (auto made = core_.provision(route, *created); !made) return std::move(made).error();
  return created;
}

Result<void> Groups::provision(const GroupRequest& request) {
  auto found = core_.route(core_.cell(request.product, request.env, request.event));
  if (!found) return std::move(found).error();
  auto group = core_.registry().group((*found)->product, request.event, request.group);
  if (!group) return std::move(group).error();
  return core_.provision(**found, *group);
}

Result<std::vector<GroupStatus>> Groups::list(const GroupRequest& request) {
  auto groups = core_.registry().groups(product_of(core_, request), request.event);
  if (!groups) return std::move(groups).error();
  std::vector<GroupStatus> all;
  for (const auto& group : *groups) {
    auto status = inspect(core_, group, request.env);
    if (!status) return std::move(status).error();
    all.push_back(std::move(*status));
  }
  return all;
}

Result<GroupStatus> Groups::show(const GroupRequest& request) {
  auto group = core_.registry().group(product_of(core_, request), request.event, request.group);
  if (!group) return std::move(group).error();
  return inspect(core_, *group, request.env);
}

Result<void> Groups::forget(const GroupRequest& request) {
  const std::string product = product_of(core_, request);
  auto registry = core_.registry();
  if (auto group = registry.group(product, request.event, request.group); !group) return std::move(group).error();
  auto broker = registry.broker(product, request.event.substr(0, request.event.find(':')));
  if (!broker) return std::move(broker).error();
  for (const auto& env : broker->envs) {
    auto found = core_.route(core_.cell(product, env.slug, request.event));
    if (!found) return std::move(found).error();
    const pipeline::Route& route = **found;
    auto gone = core_.await<void>(route.provider + " removed group " + request.group, [&](auto done) {
      route.connection->driver().forget(route.address, request.group, std::move(done));
    });
    if (!gone) return gone;
    if (const auto tallies = registry.core()->tallies())
      (void)(*tallies)->forget(model::tally_scope(product, route.env, route.event, request.group));
  }
  return {};
}

Result<void> Groups::remove(const GroupRequest& request) {
  if (auto gone = forget(request); !gone) return gone;
  auto registry = core_.registry();
  return registry.remove_group(product_of(core_, request), request.event, request.group);
}

Result<void> Groups::reset(const GroupRequest& request, std::string_view to) {
  std::string start(to);
  if (auto done = model::check_start(start); !done) return done;
  auto group = core_.registry().group(product_of(core_, request), request.event, request.group);
  if (!group) return std::move(group).error();
  auto found = core_.route(core_.cell(group->product, request.env, request.event));
  if (!found) return std::move(found).error();
  const pipeline::Route& route = **found;
  const auto before = inspect(core_, *group, request.env);
  auto moved = core_.await<void>(route.provider + " moved group " + request.group, [&](auto done) {
    route.connection->driver().reset(route.address, request.group, start, std::move(done));
  });
  if (!moved || !before || !before->lag) return moved;
  if (const auto after = inspect(core_, *group, request.env); after && after->lag && *after->lag < *before->lag)
    core_.count_removed(route, request.group, *before->lag - *after->lag);
  return moved;
}

}  // namespace ductape::inline v0
