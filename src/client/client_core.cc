// SPDX-License-Identifier: Apache-2.0
#include "src/client/client_core.h"

#include <algorithm>
#include <thread>

#include <ductape/providers.hpp>

#include "src/model/config.h"
#include "src/model/event.h"
#include "src/pipeline/message_id.h"

namespace ductape::inline v0::detail {

using client::RouteCell;
using pipeline::Route;

namespace {

constexpr std::chrono::seconds poll_interval(1);
constexpr std::chrono::seconds default_lease(30);

void refuse(pipeline::Waiter waiter, Error error, Executor& executor) {
  pipeline::Answers answers;
  answers.emplace_back(std::move(waiter), std::move(error));
  pipeline::deliver(std::move(answers), executor);
}

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

}  // namespace

RetryPolicy retry_policy(const RetryOptions& options, const RetryPolicy& otherwise) {
  return {.max_attempts = options.max_attempts.value_or(otherwise.max_attempts),
          .backoff_min = options.backoff_min.value_or(otherwise.backoff_min),
          .backoff_max = options.backoff_max.value_or(otherwise.backoff_max),
          .max_deliveries = options.max_deliveries.value_or(otherwise.max_deliveries),
          .dedup = options.dedup.value_or(otherwise.dedup)};
}

ClientCore::ClientCore(ClientOptions options, Registry registry, Surroundings surroundings)
    : options_(std::move(options)),
      registry_(std::move(registry)),
      runtime_(std::move(surroundings.runtime)),
      find_provider_(surroundings.find_provider ? std::move(surroundings.find_provider)
                                                : [](std::string_view type) { return find_provider(type); }) {
  if (runtime_) return;
  auto threads = std::make_shared<runtime::ThreadedRuntime>();
  threads_ = threads.get();
  runtime_ = std::move(threads);
}

ClientCore::~ClientCore() {
  close(runtime_->now() + std::chrono::seconds(30));
  {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [&] { return open_subscriptions_ == 0; });
  }
  connections_.clear();
  runtime_.reset();  // runs what is left while everything else is still there
}

// --- routes
// -------------------------------------------------------------------------------------------------------------

RouteCell& ClientCore::cell(std::string_view product, std::string_view env, std::string_view event) {
  return table_.cell(product.empty() ? options_.product : product, env.empty() ? options_.env : env, event);
}

void ClientCore::poll_registry(driver::Deadline at) {
  const auto now = at.time_since_epoch().count();
  auto due = next_poll_.load(std::memory_order_relaxed);
  const auto step = std::chrono::duration_cast<driver::Clock::duration>(poll_interval).count();
  if (now < due || !next_poll_.compare_exchange_strong(due, now + step, std::memory_order_relaxed)) return;
  registry_.core()->poll();
}

Result<const Route*> ClientCore::route(RouteCell& cell, driver::Deadline now) {
  poll_registry(now);
  const auto generation = registry_.core()->generation();
  if (const Route* known = cell.route.load(std::memory_order_acquire);
      known && cell.generation.load(std::memory_order_acquire) == generation)
    return known;

  if (cell.product.empty())
    return Error{
        .code = Errc::invalid_argument,
        .message = "no product is named for " + cell.event,
        .hint = "set `product` in the call, in ClientOptions, in DUCTAPE_PRODUCT or in the store's config.yaml"};
  const auto resolved = registry_.core()->resolve(cell.product, cell.env, cell.event);
  if (!resolved) return resolved.error();
  std::lock_guard lock(mutex_);
  const Route* known = cell.route.load(std::memory_order_acquire);
  if (!known || known->broker_revision != resolved->broker.revision ||
      known->topic_revision != resolved->topic.revision) {
    auto made = make_route(*resolved, cell.product);
    if (!made) return std::move(made).error();
    known = made->get();
    routes_.emplace(known, std::move(*made));
    cell.route.store(known, std::memory_order_release);
  }
  cell.generation.store(generation, std::memory_order_release);
  return known;
}

Result<std::shared_ptr<const Route>> ClientCore::make_route(const registry::Resolved& resolved,
                                                            std::string_view product) {
  auto opened = connection(resolved, product);
  if (!opened) return std::move(opened).error();
  const driver::Provider& provider = (*opened)->provider();
  auto route = std::make_shared<Route>();
  route->product = product;
  route->env = resolved.env.slug;
  route->broker = resolved.broker.tag;
  route->topic = resolved.topic.tag;
  route->event = resolved.topic.event();
  route->source = "/" + route->product + "/" + route->env;
  route->provider = provider.name();
  route->ordered = resolved.topic.ordered;
  route->policy = resolved.topic.policy;
  route->schema_mode = resolved.topic.schema;
  route->broker_revision = resolved.broker.revision;
  route->topic_revision = resolved.topic.revision;
  route->capabilities = provider.capabilities();
  route->connection = *opened;
  if (!resolved.topic.sample.empty()) {
    auto schema = model::Schema::infer(resolved.topic.sample);
    if (!schema) return std::move(schema).error();
    route->schema = std::move(*schema);
  }
  auto address = (*opened)->driver().address(route->spec(), driver::Role::main, {});
  if (!address) return std::move(address).error();
  route->address = std::move(*address);
  return std::shared_ptr<const Route>(std::move(route));
}

Result<pipeline::BrokerConnection*> ClientCore::connection(const registry::Resolved& resolved,
                                                           std::string_view product) {
  if (closed_) return Error{.code = Errc::closed, .message = "the client is closed"};
  std::string identity;
  for (const std::string_view part :
       {product, std::string_view(resolved.env.slug), std::string_view(resolved.broker.tag),
        std::string_view(resolved.env.type), std::string_view(resolved.env.config)})
    identity.append(part).push_back('\n');
  if (const auto known = connections_.find(identity); known != connections_.end())
    return known->second.connection.get();
  const driver::Provider* provider = find_provider_(resolved.env.type);
  if (!provider)
    return Error{.code = Errc::unsupported,
                 .message = "broker " + resolved.broker.tag + " uses " + resolved.env.type + " in env " +
                            resolved.env.slug + ", which is not in this build",
                 .hint = "`ductape providers` lists what is"};
  auto config = model::flatten_config(resolved.env.config);
  if (!config) return std::move(config).error();
  auto opened = pipeline::BrokerConnection::open(
      *provider,
      {.directory = registry_.directory().empty() ? std::string() : registry_.directory() + "/local",
       .config = std::move(*config)},
      *runtime_, *this, {.messages = options_.publish_window, .bytes = options_.publish_window_bytes});
  if (!opened) return std::move(opened).error();
  auto* connection = opened->get();
  connections_.emplace(std::move(identity),
                       Opened{.what = "broker " + resolved.broker.tag + " in " + resolved.env.slug + " (" +
                                      std::string(provider->name()) + ")",
                              .connection = std::move(*opened)});
  return connection;
}

// --- publish
// ------------------------------------------------------------------------------------------------------------

std::optional<Error> ClientCore::check_schema(const Route& route, std::string_view body,
                                              std::string_view content_type) {
  auto violation = pipeline::schema_violation(route, body, content_type);
  if (!violation || route.schema_mode == SchemaMode::enforce) return violation;
  {
    std::lock_guard lock(mutex_);
    if (!warned_.insert(violation->message).second) return std::nullopt;
  }
  notice({.kind = Notice::Kind::schema, .event = route.event, .text = violation->message});
  return std::nullopt;
}

void ClientCore::publish(RouteCell& cell, std::string& message, PublishOptions& options, pipeline::Waiter waiter) {
  const auto now = runtime_->now();
  const auto found = route(cell, now);
  if (!found) return refuse(std::move(waiter), found.error(), *this);
  const Route& to = **found;
  if (to.schema) {
    if (auto violation = check_schema(to, message, options.content_type))
      return refuse(std::move(waiter), std::move(*violation), *this);
  }
  pipeline::Submission submission{&to, message, options, std::move(waiter), now};
  to.connection->publishing().publish(std::span(&submission, 1));
}

void ClientCore::publish_batch(RouteCell& cell, std::vector<BatchItem> messages,
                               std::shared_ptr<pipeline::Batch> batch) {
  const auto now = runtime_->now();
  const auto found = route(cell, now);
  std::vector<pipeline::Submission> submissions;
  submissions.reserve(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    pipeline::BatchSlot slot{batch, i};
    if (!found) {
      refuse(std::move(slot), found.error(), *this);
    } else if (auto violation = check_schema(**found, messages[i].message, messages[i].options.content_type)) {
      refuse(std::move(slot), std::move(*violation), *this);
    } else {
      submissions.push_back({*found, messages[i].message, messages[i].options, std::move(slot), now});
    }
  }
  if (found) (*found)->connection->publishing().publish(submissions);
}

// --- subscribe
// ----------------------------------------------------------------------------------------------------------

Result<GroupDefinition> ClientCore::ensure_group(const Route& route, const SubscribeOptions& options) {
  GroupDefinition group{.product = route.product,
                        .event = route.event,
                        .name = !options.group.empty()      ? options.group
                                : !options_.service.empty() ? options_.service
                                                            : "default",
                        .mode = options.mode,
                        .from = options.from};
  if (options.mode == Mode::broadcast) {
    group.name = "broadcast-" + std::string(pipeline::MessageId(runtime_->wall()).text());
  } else if (auto stored = registry_.group(route.product, route.event, group.name)) {
    if (stored->mode != options.mode && options.mode != Mode::shared)
      return Error{.code = Errc::conflict,
                   .message = "group " + group.name + " of " + route.event + " exists with another mode",
                   .hint = "delete the group, or subscribe without a mode"};
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
  static constexpr std::array modes{driver::GroupSpec::shared, driver::GroupSpec::exclusive,
                                    driver::GroupSpec::broadcast};
  const driver::GroupSpec spec{
      .name = group.name, .mode = modes[static_cast<std::size_t>(group.mode)], .from = group.from};
  auto done = await<driver::Topology>(route.provider + " made group " + group.name, [&](auto answer) {
    route.connection->driver().provision(route.spec(), std::span(&spec, 1), true, std::move(answer));
  });
  if (!done) return std::move(done).error();
  if (!done->missing.empty())
    return Error{.code = Errc::not_found,
                 .message = done->missing.front() + " does not exist at " + route.provider + " and may not be made",
                 .provider = route.provider};
  return {};
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
  const auto unsupported = [&](std::string what) {
    return Error{.code = Errc::unsupported,
                 .message = to->provider + " cannot give " + what + " for " + to->event,
                 .provider = to->provider};
  };
  const auto& can = to->capabilities;
  if (options.mode == Mode::exclusive && !can.exclusive) return unsupported("an exclusive group");
  if (options.mode == Mode::broadcast && !can.broadcast) return unsupported("broadcast");
  if (options.from != "latest" && !can.replay) return unsupported("a group that starts in the past");
  if (!can.moves) return unsupported("dead letters in one step with the ack, which this version needs");
  const driver::Millis lease = options.lease.count() > 0 ? options.lease : driver::Millis(default_lease);
  if (can.lease_max.count() > 0 && lease > can.lease_max)
    return Error{.code = Errc::invalid_argument,
                 .message = "a lease of " + std::to_string(lease.count()) + " ms is over the " +
                            std::to_string(can.lease_max.count()) + " ms that " + to->provider + " allows",
                 .hint = "lower `lease`"};

  auto group = ensure_group(*to, options);
  if (!group) return std::move(group).error();
  if (auto made = provision(*to, *group); !made) return std::move(made).error();

  pipeline::SubscriptionPlan plan{
      .route = to,
      .group = std::move(*group),
      .concurrency = options.concurrency > 0 ? options.concurrency : std::max(1u, std::thread::hardware_concurrency()),
      .max_bytes = options.max_bytes,
      .lease = lease,
      .handler_timeout = options.handler_timeout,
      .max_parked = options.max_parked,
      .limit = options.limit,
      .handler = std::move(handler),
      .notice = options_.on_notice};
  if (plan.group.retry.dedup.count() > 0 && options.mode != Mode::broadcast) {
    const auto kept = registry_.core()->handled_ids();
    if (!kept) return kept.error();
    plan.handled_ids = *kept;
  }
  if (plan.handler_timeout.count() == 0 && can.lease == driver::Lease::fixed)
    plan.handler_timeout = fixed_lease_handler_timeout;
  for (auto [role, address] :
       {std::pair(driver::Role::retry, &plan.retry), {driver::Role::dead_letter, &plan.dead_letter}}) {
    auto place = to->connection->driver().address(to->spec(), role, plan.group.name);
    if (!place) return std::move(place).error();
    *address = std::move(*place);
  }
  const auto slots = static_cast<std::ptrdiff_t>(plan.concurrency);
  auto core = std::make_shared<SubscriptionCore>(std::move(plan), *runtime_, [this, slots] {
    if (threads_) threads_->reserve(-slots);
    std::lock_guard lock(mutex_);
    if (watcher_) watcher_();
    --open_subscriptions_;
    all_ended_.notify_all();
  });
  if (threads_) threads_->reserve(slots);
  {
    std::lock_guard lock(mutex_);
    std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
    subscriptions_.push_back(core);
    ++open_subscriptions_;
  }
  core->start();
  // A group that only its session makes exists when that reads.
  if (options.mode == Mode::broadcast)
    if (auto reads = core->wait_connected(runtime_->now() + std::chrono::seconds(30)); !reads) {
      (void)core->close(runtime_->now());
      return std::move(reads).error();
    }
  return core;
}

// --- the end
// ------------------------------------------------------------------------------------------------------------

bool ClientCore::close(driver::Deadline deadline) {
  std::vector<std::shared_ptr<SubscriptionCore>> subscriptions;
  std::vector<std::shared_ptr<pipeline::BrokerConnection>> connections;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& weak : subscriptions_)
      if (auto core = weak.lock()) subscriptions.push_back(std::move(core));
    for (const auto& [identity, opened] : connections_) connections.push_back(opened.connection);
  }
  // All stop taking first, so that they share the deadline instead of waiting in turn.
  for (const auto& core : subscriptions) core->stop_taking();
  bool clean = true;
  for (const auto& core : subscriptions) clean &= core->close(deadline).ok();
  for (const auto& connection : connections) clean &= connection->publishing().close(deadline);
  return clean;
}

void ClientCore::notice(const Notice& notice) {
  if (options_.on_notice) options_.on_notice(notice);
}

void ClientCore::watch(std::function<void()> changed) {
  std::lock_guard lock(mutex_);
  watcher_ = std::move(changed);
}

ClientCore::Running ClientCore::running() {
  std::lock_guard lock(mutex_);
  Running running;
  for (const auto& weak : subscriptions_) {
    const auto core = weak.lock();
    if (!core) continue;
    if (!core->ended())
      ++running.subscriptions;
    else if (!core->wait(driver::Millis(0)))
      running.failed = true;
  }
  return running;
}

}  // namespace ductape::inline v0::detail
