// SPDX-License-Identifier: Apache-2.0
#include "src/client/client_core.h"

#include <algorithm>

#include <ductape/providers.hpp>

#include "src/registry/destinations.h"

namespace ductape::inline v0::detail {

using client::RouteCell;
using pipeline::Route;

namespace {

constexpr std::chrono::seconds poll_interval(1);

std::shared_ptr<driver::Runtime> own_threads(runtime::ThreadedRuntime*& threads) {
  auto made = std::make_shared<runtime::ThreadedRuntime>();
  threads = made.get();
  return made;
}

void refuse(pipeline::Waiter waiter, Error error, Executor& executor) {
  pipeline::Answers answers;
  answers.emplace_back(std::move(waiter), std::move(error));
  pipeline::deliver(std::move(answers), executor);
}

}  // namespace

ClientCore::ClientCore(ClientOptions options, Registry registry, Surroundings surroundings)
    : options_(std::move(options)),
      registry_(std::move(registry)),
      runtime_(surroundings.runtime ? std::move(surroundings.runtime) : own_threads(threads_)),
      find_provider_(surroundings.find_provider ? std::move(surroundings.find_provider)
                                                : [](std::string_view type) { return find_provider(type); }),
      teller_(*runtime_, [core = registry_.core()] { return core->tallies(); }),
      log_(std::make_shared<observe::Log>(options_.log_level, options_.log)) {
  beat_ = client::Ticker::start(*runtime_, std::chrono::seconds(1), [this] { beat(); });
  if (options_.on_metrics)
    meter_ =
        client::Meter::start(*runtime_, options_.metrics_interval, options_.on_metrics, [this] { return counted(); });
}

ClientCore::~ClientCore() {
  close(runtime_->now() + std::chrono::seconds(30));
  beat_->stop();
  {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [&] { return open_subscriptions_ == 0; });
  }
  teller_.tell();
  connections_.clear();
  retired_.clear();
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

const Route* ClientCore::renewed(const Route& before) {
  registry_.core()->poll();
  const auto found = route(cell(before.product, before.env, before.event));
  return found ? *found : nullptr;
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
      known->topic_revision != resolved->topic.revision || known->secrets_revision != resolved->secrets_revision) {
    auto made = make_route(*resolved, cell.product);
    if (!made) return std::move(made).error();
    known = made->get();
    teller_.add(known, model::tally_scope(known->product, known->env, known->event), [traffic = known->traffic] {
      return model::Tally{.published = traffic->published, .resent = traffic->resent};
    });
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
  route->durability = resolved.topic.durability;
  route->metadata = resolved.topic.metadata;
  route->broker_revision = resolved.broker.revision;
  route->topic_revision = resolved.topic.revision;
  route->secrets_revision = resolved.secrets_revision;
  route->capabilities = provider.capabilities();
  auto destination = registry::destination_of(resolved.topic, resolved.env);
  if (!destination) return std::move(destination).error();
  route->destination = std::move(*destination);
  route->connection = *opened;
  route->may_provision = resolved.env.provision == Provision::create;
  if (!resolved.topic.sample.empty()) {
    auto schema = model::Schema::infer(resolved.topic.sample, resolved.topic.optional);
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
  auto config = registry_.core()->settings(resolved);
  if (!config) return std::move(config).error();
  std::string identity;
  for (const std::string_view part : {product, std::string_view(resolved.env.slug),
                                      std::string_view(resolved.broker.tag), std::string_view(resolved.env.type)})
    identity.append(part).push_back('\n');
  for (const auto& [key, value] : *config) identity.append(key).append("=").append(value).push_back('\n');
  if (const auto known = connections_.find(identity); known != connections_.end())
    return known->second.connection.get();
  const driver::Provider* provider = find_provider_(resolved.env.type);
  if (!provider)
    return Error{.code = Errc::unsupported,
                 .message = "broker " + resolved.broker.tag + " uses " + resolved.env.type + " in env " +
                            resolved.env.slug + ", which is not in this build",
                 .hint = "`ductape providers` lists what is"};
  auto opened = pipeline::BrokerConnection::open(
      *provider,
      {.directory = registry_.directory().empty() ? std::string() : registry_.directory() + "/local",
       .config = std::move(*config)},
      *runtime_, *this, {.messages = options_.publish_window, .bytes = options_.publish_window_bytes},
      [this](const Route& route) { return renewed(route); });
  if (!opened) return std::move(opened).error();
  auto* connection = opened->get();
  log_->write(
      LogLevel::debug, "a connection was set up",
      {{"broker", resolved.broker.tag}, {"env", resolved.env.slug}, {"provider", std::string(provider->name())}});
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

void ClientCore::add_trace(PublishOptions& options, std::string_view event) {
  if (!options_.tracer) return;
  const auto given = [](const HeaderValue& header) { return header.name == "traceparent"; };
  if (std::ranges::any_of(options.headers, given)) return;
  for (auto& header : options_.tracer->publishing(event)) options.headers.push_back(std::move(header));
}

void ClientCore::publish(RouteCell& cell, std::string& message, PublishOptions& options, pipeline::Waiter waiter) {
  const auto now = runtime_->now();
  add_trace(options, cell.event);
  const auto found = route(cell, now);
  if (!found) return refuse(std::move(waiter), found.error(), *this);
  const Route& to = **found;
  if (auto why = unfit(to, options.deadline)) return refuse(std::move(waiter), std::move(*why), *this);
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
    add_trace(messages[i].options, cell.event);
    if (!found) {
      refuse(std::move(slot), found.error(), *this);
    } else if (auto why = unfit(**found, messages[i].options.deadline)) {
      refuse(std::move(slot), std::move(*why), *this);
    } else if (auto violation = check_schema(**found, messages[i].message, messages[i].options.content_type)) {
      refuse(std::move(slot), std::move(*violation), *this);
    } else {
      submissions.push_back({*found, messages[i].message, messages[i].options, std::move(slot), now});
    }
  }
  if (found) (*found)->connection->publishing().publish(submissions);
}

void ClientCore::count_removed(const Route& route, std::string_view group, std::uint64_t messages) {
  const auto tallies = registry_.core()->tallies();
  if (!tallies || messages == 0) return;
  const model::Tallies::Entry entry{.scope = model::tally_scope(route.product, route.env, route.event, group),
                                    .seen = {.removed = messages}};
  (void)(*tallies)->add(std::span(&entry, 1), runtime_->wall());
}

// --- the end
// ------------------------------------------------------------------------------------------------------------

bool ClientCore::close(driver::Deadline deadline) {
  std::vector<std::shared_ptr<pipeline::BrokerConnection>> connections;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    connections = retired_;
    for (const auto& [identity, opened] : connections_) connections.push_back(opened.connection);
  }
  const auto running = subscriptions();
  // All stop taking first, so that they share the deadline instead of waiting in turn.
  for (const auto& core : running) core->stop_taking();
  bool clean = true;
  for (const auto& core : running) clean &= core->close(deadline).ok();
  for (const auto& connection : connections) clean &= connection->publishing().close(deadline);
  teller_.tell();
  if (meter_) meter_->stop();
  return clean;
}

std::function<void(const Notice&)> ClientCore::noticing() const {
  return [log = log_, told = options_.on_notice](const Notice& notice) {
    log->write(notice);
    if (told) told(notice);
  };
}

std::vector<std::shared_ptr<SubscriptionCore>> ClientCore::subscriptions() {
  std::vector<std::shared_ptr<SubscriptionCore>> all;
  const std::lock_guard lock(mutex_);
  for (const auto& one : subscriptions_)
    if (auto core = one.core.lock()) all.push_back(std::move(core));
  return all;
}

void ClientCore::watch(std::function<void()> changed) {
  std::lock_guard lock(mutex_);
  watcher_ = std::move(changed);
}

ClientCore::Running ClientCore::running() {
  Running running;
  for (const auto& core : subscriptions()) {
    if (!core->ended())
      ++running.subscriptions;
    else if (!core->wait(driver::Millis(0)))
      running.failed = true;
  }
  return running;
}

}  // namespace ductape::inline v0::detail
